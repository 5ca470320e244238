import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "../errors.ts";
import { sendJson } from "./respond.ts";
import { apiVersionOf, resources, type Resource } from "./resources.ts";

const protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

function groupPath(of: Pick<Resource, "group" | "version">): string {
  return of.group ? `apis/${of.group}/${of.version}` : "api/v1";
}

/** A length-delimited protobuf field. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  const header: number[] = [(number << 3) | 2];
  let length = bytes.length;
  while (length > 127) {
    header.push((length & 127) | 128);
    length >>>= 7;
  }
  header.push(length);
  return Buffer.concat([Buffer.from(header), bytes]);
}

/** An OpenAPI v2 document without definitions: kubectl then validates nothing and merges by its own types. */
function documentV2(version: string): Buffer {
  const info = Buffer.concat([field(1, "Kubernetes"), field(2, version)]);
  return Buffer.concat([field(1, "2.0"), field(2, info), field(8, Buffer.alloc(0))]);
}

/** Paths with the parameters by which kubectl decides to leave validation to the server. */
function documentV3(group: string, version: string, gitVersion: string): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  for (const of of resources.filter(
    (candidate) => candidate.group === group && candidate.version === version,
  )) {
    const path = `/${groupPath(of)}/${of.namespaced ? "namespaces/{namespace}/" : ""}${of.plural}/{name}`;
    const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
      name,
      in: "query",
      schema: { type: "string" },
    }));
    paths[path] = {
      patch: {
        parameters,
        responses: {},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": { group, version, kind: of.kind },
      },
    };
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: gitVersion },
    paths,
    components: { schemas: {} },
  };
}

/** Serves `/openapi/v2` and `/openapi/v3`. */
export function openApi(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  version: string,
): void {
  if (path === "/openapi/v2") {
    if ((request.headers.accept ?? "").includes("protobuf")) {
      response.writeHead(200, { "content-type": protobuf }).end(documentV2(version));
      return;
    }
    return sendJson(response, 200, {
      swagger: "2.0",
      info: { title: "Kubernetes", version },
      paths: {},
      definitions: {},
    });
  }
  if (path === "/openapi/v3" || path === "/openapi/v3/") {
    const served = new Map(resources.map((of) => [groupPath(of), apiVersionOf(of)]));
    const paths = Object.fromEntries(
      [...served.keys()].map((name) => [
        name,
        { serverRelativeURL: `/openapi/v3/${name}?hash=${version}` },
      ]),
    );
    return sendJson(response, 200, { paths });
  }
  const [, group = "", groupVersion] =
    /^\/openapi\/v3\/(?:api\/v1|apis\/([^/]+)\/([^/]+))$/.exec(path) ?? [];
  if (path !== "/openapi/v3/api/v1" && !groupVersion)
    throw new ApiError(404, "NotFound", "the server could not find the requested resource");
  sendJson(response, 200, documentV3(group, groupVersion ?? "v1", version));
}
