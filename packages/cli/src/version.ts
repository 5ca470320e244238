import manifest from "../package.json" with { type: "json" };

/** Version of the CLI package, without a leading `v`. */
export const cliVersion: string = manifest.version;

/** What `k3d version` prints for a reader. */
export function versionLine(): string {
  return `k3d version v${cliVersion}`;
}
