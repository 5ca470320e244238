import type { IncomingMessage } from "node:http";
import { ApiError } from "../errors.ts";
import { readBytes } from "../net/body.ts";
import { findResource, type Resource } from "./resources.ts";

/** The parts of an API path below `/api/v1` or `/apis/<group>/<version>`. */
export interface Target {
  resource: Resource;
  /** Undefined where the path names none, as for lists over all namespaces. */
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
}

/** Resolves a path to what it names; undefined when no such resource is served. */
export function targetOf(path: string): Target | undefined {
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return undefined;
  const [group, version] = core ? ["", parts[1] ?? ""] : [parts[1] ?? "", parts[2] ?? ""];
  const rest = parts.slice(core ? 2 : 3);
  const inNamespace =
    rest[0] === "namespaces" &&
    rest.length > 2 &&
    findResource(group, version, rest[2] as string)?.namespaced;
  const [plural, name, subresource, ...more] = inNamespace ? rest.slice(2) : rest;
  const resource = findResource(group, version, plural ?? "");
  if (!resource || more.length > 0) return undefined;
  if (resource.namespaced && !inNamespace && name !== undefined) return undefined;
  return {
    resource,
    namespace: inNamespace ? rest[1] : resource.namespaced ? undefined : "",
    name,
    subresource,
  };
}

export function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim() ?? "";
}

/** Reads a JSON or YAML body. Throws ApiError 400, 415. */
export async function readObject(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  const type = mediaType(request);
  if (type === "application/vnd.kubernetes.protobuf" && bytes.length > 0) {
    const { decodeProtobuf } = await import("./protobuf.ts");
    return decodeProtobuf(bytes);
  }
  const text = bytes.toString("utf8");
  if (text === "") return undefined;
  if (type.endsWith("yaml")) {
    const { parse } = await import("yaml");
    return parse(text) as unknown;
  }
  if (!type.endsWith("json")) {
    throw new ApiError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ApiError(
      400,
      "BadRequest",
      `the object provided is unrecognized (must be of type Status): ${String(error)}`,
    );
  }
}
