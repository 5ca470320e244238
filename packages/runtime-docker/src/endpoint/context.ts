import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, nearest, notRead, type RuntimeOptions } from "@k3d/core/runtime";
import { dockerConfigDir } from "./docker-config.js";
import type { Endpoint } from "./endpoint.js";
import { parseHost } from "./host.js";
import { hasFiles, readTlsFiles } from "./tls-files.js";

interface ContextMeta {
  Name?: unknown;
  Endpoints?: { docker?: { Host?: unknown; SkipTLSVerify?: boolean } | null } | null;
}

/**
 * The engine of a docker context. The client files a context under the SHA-256
 * of its name: `contexts/meta/<hash>/meta.json`, `contexts/tls/<hash>/docker/*.pem`.
 *
 * @throws `NOT_FOUND`, `INVALID_CONFIG` for one that is damaged.
 */
export async function contextEndpoint(
  options: RuntimeOptions,
  name: string,
  source: string,
): Promise<Endpoint> {
  const hash = createHash("sha256").update(name).digest("hex");
  const contexts = join(dockerConfigDir(options), "contexts");
  const path = metaPath(contexts, hash);
  const endpoint = dockerOf(await readMeta(contexts, hash, name, source));
  if (typeof endpoint?.Host !== "string" || endpoint.Host === "") {
    throw new K3dError("INVALID_CONFIG", `The docker context '${name}' names no engine`, {
      hint: `See \`docker context inspect ${name}\` and ${path}.`,
    });
  }
  const files = await readTlsFiles(join(contexts, "tls", hash, "docker"), !endpoint.SkipTLSVerify);
  // Who says that its certificate is not to be checked says that there is one.
  const tls = hasFiles(files) || endpoint.SkipTLSVerify ? files : undefined;
  return parseHost(endpoint.Host, `docker context '${name}'`, tls);
}

async function readMeta(
  contexts: string,
  hash: string,
  name: string,
  source: string,
): Promise<unknown> {
  const path = metaPath(contexts, hash);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      const meant = nearest(name, ["default", ...(await contextNames(contexts))]);
      throw new K3dError("NOT_FOUND", `There is no docker context '${name}' (from ${source})`, {
        hint: `${meant === undefined ? "" : `Did you mean '${meant}'? `}See \`docker context ls\`, then \`docker context use NAME\`.`,
        cause: error,
      });
    }
    throw notRead(path, error, { code: "INVALID_CONFIG" });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new K3dError(
      "INVALID_CONFIG",
      `The docker context '${name}' (from ${source}) is damaged: ${path} is no JSON`,
      {
        hint: `Make it anew: \`docker context rm -f ${name}\`, then \`docker context create\`.`,
        cause: error,
      },
    );
  }
}

const metaPath = (contexts: string, hash: string): string =>
  join(contexts, "meta", hash, "meta.json");

/** The contexts that there are; what cannot be read is none. */
async function contextNames(contexts: string): Promise<string[]> {
  const hashes = await readdir(join(contexts, "meta")).catch(() => []);
  const names = await Promise.all(
    hashes.map(async (hash) => {
      try {
        const meta = JSON.parse(await readFile(metaPath(contexts, hash), "utf8")) as ContextMeta;
        return typeof meta?.Name === "string" ? [meta.Name] : [];
      } catch {
        return [];
      }
    }),
  );
  return names.flat();
}

function dockerOf(meta: unknown): { Host?: unknown; SkipTLSVerify?: boolean } | undefined {
  return (meta as ContextMeta | null)?.Endpoints?.docker ?? undefined;
}
