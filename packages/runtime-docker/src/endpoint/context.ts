import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import { dockerConfigDir } from "./docker-config.js";
import type { Endpoint, TlsFiles } from "./endpoint.js";
import { parseHost, readTlsFiles } from "./host.js";

interface ContextMeta {
  Name: string;
  Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
}

/**
 * The engine of a docker context. The client files a context under the SHA-256
 * of its name: `contexts/meta/<hash>/meta.json`, `contexts/tls/<hash>/docker/*.pem`.
 *
 * @throws `NOT_FOUND`.
 */
export async function contextEndpoint(
  options: RuntimeOptions,
  name: string,
  source: string,
): Promise<Endpoint> {
  const hash = createHash("sha256").update(name).digest("hex");
  const contexts = join(dockerConfigDir(options), "contexts");
  let meta: ContextMeta;
  try {
    meta = JSON.parse(
      await readFile(join(contexts, "meta", hash, "meta.json"), "utf8"),
    ) as ContextMeta;
  } catch (error) {
    throw new K3dError(
      "NOT_FOUND",
      `The docker context '${name}' (from ${source}) cannot be read`,
      {
        hint: "See `docker context ls`, then `docker context use NAME`.",
        cause: error,
      },
    );
  }
  const endpoint = meta.Endpoints?.docker;
  if (!endpoint?.Host) {
    throw new K3dError("INVALID_CONFIG", `The docker context '${name}' names no engine`, {
      hint: "See `docker context inspect`.",
    });
  }
  const files = await readTlsFiles(join(contexts, "tls", hash, "docker"), !endpoint.SkipTLSVerify);
  return parseHost(endpoint.Host, `docker context '${name}'`, hasFiles(files) ? files : undefined);
}

function hasFiles(files: TlsFiles): boolean {
  return files.ca !== undefined || files.cert !== undefined || files.key !== undefined;
}
