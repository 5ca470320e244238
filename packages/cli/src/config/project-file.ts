import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Name of the config file that belongs to a project's directory. */
export const PROJECT_FILE = ".k3d.yaml";

export interface ProjectFile {
  path: string;
  /** Of somebody else, who could make this user mount directories and run images. */
  foreign: boolean;
}

/** The nearest `.k3d.yaml` in a directory or those above it. */
export async function findProjectFile(
  directory: string,
  uid: number | undefined = process.geteuid?.(),
): Promise<ProjectFile | undefined> {
  for (let current = directory; ; current = dirname(current)) {
    const path = join(current, PROJECT_FILE);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) {
      return { path, foreign: uid !== undefined && found.uid !== uid && found.uid !== 0 };
    }
    if (dirname(current) === current) return undefined;
  }
}

/** Whether somebody names a config file: by the flag, or by `K3D_CONFIG`. */
export const isConfigNamed = (flag: string | undefined): boolean =>
  Boolean(flag || process.env.K3D_CONFIG);

/**
 * The config file for a command that makes or changes something when none is named: `K3D_CONFIG`,
 * else the project's. Told, since nobody named it; one of another user is not taken.
 */
export async function configFileOr(
  named: string | undefined,
  tell: (level: "info" | "warn", message: string) => Promise<void>,
): Promise<string | undefined> {
  const given = named || process.env.K3D_CONFIG;
  if (given) return given;
  const found = await findProjectFile(process.cwd());
  if (found === undefined) return undefined;
  if (found.foreign) {
    await tell(
      "warn",
      `${found.path} is not used: it belongs to another user; name it with --config to use it`,
    );
    return undefined;
  }
  await tell("info", `Using ${found.path}`);
  return found.path;
}
