import {
  abortable,
  assembleConfig,
  notRead,
  readConfigIdentity,
  readStream,
  readText as readTextFile,
  type AssembledConfig,
  type AssembleOptions,
  type ConfigIdentity,
  type CreateFlags,
} from "@k3d/core";
import { interruptSignal } from "@k3d/plugin-kit";

/**
 * The config of a cluster from flags, environment and config file, with this process' surroundings.
 *
 * @param configPath `-` is the standard input
 * @param text the config file's content, which is then not read from anywhere
 * @param base what all of these win over
 * @param unnamed nobody named the config file, so that it must not decide what runs on this host
 */
export function assembleHere(
  flags: CreateFlags,
  configPath: string | undefined,
  text?: string,
  base?: AssembleOptions["base"],
  unnamed = text !== undefined,
): Promise<AssembledConfig> {
  return assembleConfig({
    ...surroundings(),
    base,
    unnamed,
    flags,
    ...(configPath === undefined && text === undefined ? {} : { configPath: configPath ?? "-" }),
    readStdin: async () => text ?? (await readStdin()),
  });
}

/**
 * The cluster that a config file names; nothing without one.
 *
 * @param configPath `-` is the standard input
 */
export async function identityHere(
  configPath: string | undefined,
): Promise<Partial<ConfigIdentity> & Pick<ConfigIdentity, "warnings">> {
  return configPath === undefined
    ? { warnings: [] }
    : readConfigIdentity({ ...surroundings(), configPath });
}

const surroundings = () => ({
  environment: process.env,
  workingDirectory: process.cwd(),
  readFile: readText,
  readStdin,
});

export function readText(path: string): Promise<string> {
  return readTextFile(path, interruptSignal());
}

export async function readStdin(): Promise<string> {
  try {
    return await abortable(readStream(process.stdin), interruptSignal());
  } catch (error) {
    throw notRead("Standard input", error, { hint: "Write a config file to it." });
  } finally {
    // Whoever still writes there would keep the process.
    process.stdin.destroy();
  }
}
