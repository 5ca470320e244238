import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { assembleConfig, type AssembledConfig, type CreateFlags } from "@k3d/core";

/**
 * The config of a cluster from flags, environment and config file, with this process' surroundings.
 *
 * @param configPath `-` is the standard input
 */
export function assembleHere(
  flags: CreateFlags,
  configPath: string | undefined,
): Promise<AssembledConfig> {
  return assembleConfig({
    flags,
    ...(configPath === undefined ? {} : { configPath }),
    environment: process.env,
    workingDirectory: process.cwd(),
    readFile: readText,
    readStdin,
  });
}

export function readText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

export function readStdin(): Promise<string> {
  return text(process.stdin);
}
