import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { assembleConfig, type AssembledConfig, type CreateFlags } from "@k3d/core";

/**
 * The config of a cluster from flags, environment and config file, with this process' surroundings.
 *
 * @param configPath `-` is the standard input
 * @param text the config file's content, which is then not read from anywhere
 */
export function assembleHere(
  flags: CreateFlags,
  configPath: string | undefined,
  text?: string,
): Promise<AssembledConfig> {
  return assembleConfig({
    flags,
    ...(configPath === undefined && text === undefined ? {} : { configPath: configPath ?? "-" }),
    environment: process.env,
    workingDirectory: process.cwd(),
    readFile: readText,
    readStdin: async () => text ?? (await readStdin()),
  });
}

export function readText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

export function readStdin(): Promise<string> {
  return readAll(process.stdin);
}
