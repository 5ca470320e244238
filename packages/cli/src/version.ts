import { DEFAULT_IMAGES } from "@k3d/core";
import manifest from "../package.json" with { type: "json" };

/** Version of the CLI package, without a leading `v`. */
export const cliVersion: string = manifest.version;

/** What `k3d version --json` prints. */
export interface VersionInfo {
  k3d: string;
  /** The release in the default node image. */
  k3s: string;
}

export const versionInfo: VersionInfo = {
  k3d: `v${cliVersion}`,
  k3s: DEFAULT_IMAGES.node.slice(DEFAULT_IMAGES.node.lastIndexOf(":") + 1),
};

/** What `k3d version` prints for a reader. */
export function versionText(): string {
  return `k3d version ${versionInfo.k3d}\nk3s version ${versionInfo.k3s} (default)`;
}
