import { K3dError, notRead, readStream } from "@k3d/core";

/** Where passwords come from: flags are seen by everybody who lists processes. */
export interface SecretSources {
  /** Flag that says that they stand on standard input, for messages. */
  stdinFlag: string;
  stdin: boolean;
  /** Values of the flag that has them on the command line; empty ones count as not given. */
  given?: readonly string[] | undefined;
  /** Variable of the environment. */
  variable: string;
}

/**
 * As many passwords as are needed: from the command line, from standard input
 * (one a line), or the one of a variable.
 *
 * @throws K3dError `INVALID_INPUT`; the message holds no password
 */
export async function readSecrets(
  needed: number,
  { stdinFlag, stdin, given, variable }: SecretSources,
  input: NodeJS.ReadStream = process.stdin,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string[]> {
  const fromEnvironment = env[variable];
  const fromFlag = given?.filter((secret) => secret !== "") ?? [];
  const fallback = fromEnvironment && needed > 0 ? [fromEnvironment] : [];
  const withoutStdin = fromFlag.length > 0 ? fromFlag : fallback;
  const found = stdin ? await lines(input, stdinFlag) : withoutStdin;
  if (found.length === needed) return found;
  const source = stdin ? "on standard input" : "given";
  throw new K3dError(
    "INVALID_INPUT",
    `${counted(needed)} needed, but ${found.length === 0 ? "none is" : `${found.length} are`} ${source}`,
    {
      hint:
        needed === 0
          ? "Name the user too."
          : `Write ${needed === 1 ? "it" : "one per line"} to standard input with ${stdinFlag}${needed === 1 ? `, or set ${variable}` : ""}.`,
    },
  );
}

const counted = (needed: number): string =>
  needed === 1 ? "A password is" : `${needed || "No"} passwords are`;

async function lines(input: NodeJS.ReadStream, flag: string): Promise<string[]> {
  if (input.isTTY) {
    throw new K3dError(
      "INVALID_INPUT",
      `${flag} reads from a pipe or a file, not from a terminal`,
      {
        hint: `For example: k3d … ${flag} < password.txt`,
      },
    );
  }
  const text = await readStream(input).catch((error: unknown) => {
    throw notRead("Standard input", error, { hint: `For example: k3d … ${flag} < password.txt` });
  });
  const secrets = text.replace(/\r?\n$/, "");
  return secrets === "" ? [] : secrets.split(/\r?\n/);
}
