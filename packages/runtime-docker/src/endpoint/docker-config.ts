import { readFile, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { K3dError, notRead, type RuntimeOptions } from "@k3d/core/runtime";

/** The parts of Docker's `config.json` that matter here. */
export interface DockerConfig {
  currentContext?: string;
  credsStore?: string;
  credHelpers?: Record<string, string>;
  auths?: Record<
    string,
    { auth?: string; username?: string; password?: string; identitytoken?: string }
  >;
}

/** The directory of the Docker client's configuration: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigDir({ env, homeDir }: RuntimeOptions): string {
  return env.DOCKER_CONFIG || join(homeDir, ".docker");
}

/** Reads `config.json`; an absent one is empty. @throws `INVALID_CONFIG` when it cannot be read or is no JSON object. */
export async function readDockerConfig(options: RuntimeOptions): Promise<DockerConfig> {
  const path = join(dockerConfigDir(options), "config.json");
  let text: string;
  try {
    text = await read(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return {};
    throw notRead(path, error, { code: "INVALID_CONFIG" });
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === "object" && config !== null && !Array.isArray(config)) return config;
    throw new Error("its content is not an object");
  } catch (error) {
    throw new K3dError("INVALID_CONFIG", `${path} is not a JSON object`, {
      hint: "Correct the file, or move it away.",
      cause: error,
    });
  }
}

/** Every command comes here: read by a thread, it would cost the start of four. Only what may block is. */
async function read(path: string): Promise<string> {
  if (statSync(path).isFile()) return readFileSync(path, "utf8");
  return await promisify(readFile)(path, "utf8");
}
