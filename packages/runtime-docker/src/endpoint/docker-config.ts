import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core";

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

/** Reads `config.json`; an absent one is empty. @throws `INVALID_CONFIG` when it is no JSON. */
export async function readDockerConfig(options: RuntimeOptions): Promise<DockerConfig> {
  const path = join(dockerConfigDir(options), "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return {};
  }
  try {
    return JSON.parse(text) as DockerConfig;
  } catch (error) {
    throw new K3dError("INVALID_CONFIG", `${path} is no valid JSON`, {
      hint: "Correct the file, or move it away.",
      cause: error,
    });
  }
}
