import { glob, readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** What OpenSSH's configuration says of a host: values by keyword in lower case, in the order of the file. */
export type SshConfigValues = Readonly<Record<string, readonly string[] | undefined>>;

const SYSTEM_DIRECTORY = "/etc/ssh";
/** As deep as OpenSSH follows `Include`. */
const DEEPEST = 16;

/**
 * What `~/.ssh/config` and `/etc/ssh/ssh_config` say of a host, with what they include. Of a keyword
 * that both have the user's value counts, except that identity files of both are tried.
 */
export async function readSshConfig(homeDir: string, host: string): Promise<SshConfigValues> {
  const { default: SshConfig } = await import("ssh-config");
  const [user, system] = await Promise.all(
    [
      { path: join(homeDir, ".ssh", "config"), directory: join(homeDir, ".ssh") },
      { path: join(SYSTEM_DIRECTORY, "ssh_config"), directory: SYSTEM_DIRECTORY },
    ].map(async ({ path, directory }) => {
      const text = await withIncluded(path, { homeDir, directory }, 0);
      const computed = SshConfig.parse(text).compute(host, { ignoreCase: true });
      return Object.fromEntries(
        Object.entries(computed).map(([key, value]) => [key.toLowerCase(), [value].flat()]),
      ) as Record<string, string[]>;
    }),
  );
  const identityfile = [...(user?.identityfile ?? []), ...(system?.identityfile ?? [])];
  return { ...system, ...user, ...(identityfile.length === 0 ? {} : { identityfile }) };
}

interface Place {
  homeDir: string;
  /** What relative paths of `Include` are relative to. */
  directory: string;
}

/** A file with those that it includes in the place of the line that says so; empty when it cannot be read. */
async function withIncluded(path: string, place: Place, depth: number): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  if (depth > DEEPEST || !/^\s*include\b/im.test(text)) return text;
  const lines = await Promise.all(
    text.split("\n").map(async (line) => {
      const patterns = /^\s*include[\s=]+(.+)$/i.exec(line)?.[1];
      if (patterns === undefined) return line;
      const included: string[] = [];
      for (const file of await filesOf(patterns, place))
        included.push(await withIncluded(file, place, depth + 1));
      return included.join("\n");
    }),
  );
  return lines.join("\n");
}

async function filesOf(patterns: string, { homeDir, directory }: Place): Promise<string[]> {
  const words = [...patterns.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  const found = await Promise.all(
    words.map(async (word) => {
      const path = word.replace(/^~(?=\/|$)/, () => homeDir);
      const absolute = isAbsolute(path) ? path : join(directory, path);
      if (!/[*?[]/.test(absolute)) return absolute;
      const files: string[] = [];
      for await (const file of glob(absolute)) files.push(file);
      return files.toSorted();
    }),
  );
  return found.flat();
}
