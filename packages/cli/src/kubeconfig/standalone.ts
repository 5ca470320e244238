import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { toK3dError } from "@k3d/core";

/** Where the files that `kubeconfig merge` writes by default live. */
export interface Home {
  homeDir: string;
  /** `XDG_CONFIG_HOME`. */
  configHome?: string | undefined;
}

/** `~/.config/k3d/kubeconfig-<cluster>.yaml`: what `kubeconfig merge` writes unless told otherwise. */
export function standaloneKubeconfig(cluster: string, { homeDir, configHome }: Home): string {
  return join(configHome || join(homeDir, ".config"), "k3d", fileName(cluster));
}

/** Where those files are, those that the Go k3d wrote included. */
export function standaloneDirectories(home: Home): string[] {
  return [dirname(standaloneKubeconfig("", home)), ...(home.configHome ? [home.configHome] : [])];
}

/**
 * Removes the files that `kubeconfig merge` of this k3d and of the Go k3d, which puts them directly
 * below `XDG_CONFIG_HOME`, wrote for a cluster.
 *
 * @returns the paths that were there, and those that could not be removed with the reason
 */
export async function removeStandaloneKubeconfigs(
  cluster: string,
  home: Home,
): Promise<{ removed: string[]; failed: { path: string; reason: string }[] }> {
  const paths = [standaloneKubeconfig(cluster, home)];
  if (home.configHome) paths.push(join(home.configHome, fileName(cluster)));
  const removed: string[] = [];
  const failed: { path: string; reason: string }[] = [];
  for (const path of paths) {
    try {
      await rm(path);
      removed.push(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR")
        failed.push({ path, reason: toK3dError(error).message });
    }
  }
  return { removed, failed };
}

function fileName(cluster: string): string {
  return `kubeconfig-${cluster}.yaml`;
}
