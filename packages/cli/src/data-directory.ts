import { homedir } from "node:os";
import { join } from "node:path";

/** Directory of snapshots in the data directory. */
export const SNAPSHOTS = "snapshots";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where k3d keeps plug-ins and snapshots: `K3D_DATA_DIR`, else `k3d` in `XDG_DATA_HOME`, in `LOCALAPPDATA` on
 * Windows, or in `~/.local/share`. oclif, which writes there, looks in the same order.
 */
export function dataDirectory(
  env: Environment,
  home = env.HOME || homedir(),
  platform: string = process.platform,
): string {
  if (env.K3D_DATA_DIR) return env.K3D_DATA_DIR;
  const base =
    env.XDG_DATA_HOME ||
    (platform === "win32" && env.LOCALAPPDATA) ||
    join(home, ".local", "share");
  return join(base, "k3d");
}
