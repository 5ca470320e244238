import oclif from "@oclif/core/package.json" with { type: "json" };
import { cliVersion } from "../version.js";
import { HOST_PACKAGES } from "./host-modules.js";

/** The part of a plug-in's package.json that tells what it was written for. */
export interface PeerRanges {
  peerDependencies?: Record<string, string>;
}

/** k3d's packages are released together, with one version. */
const HOST_VERSIONS: Readonly<Record<(typeof HOST_PACKAGES)[number], string>> = {
  "@k3d/core": cliVersion,
  "@k3d/plugin-kit": cliVersion,
  "@oclif/core": oclif.version,
};

/** What a plug-in asks for and this k3d is not. */
export interface Misfit {
  name: string;
  range: string;
  version: string;
  /** Whether the plug-in is for a later version than this one. */
  newer: boolean;
}

/**
 * The first of k3d's packages whose version is not in the range that the plug-in's
 * `peerDependencies` give; `undefined` when it fits.
 */
export async function findMisfit({ peerDependencies }: PeerRanges): Promise<Misfit | undefined> {
  const asked = HOST_PACKAGES.filter((name) => peerDependencies?.[name] !== undefined);
  if (asked.length === 0) return undefined;
  const { default: satisfies } = await import("semver/functions/satisfies.js");
  for (const name of asked) {
    const range = peerDependencies?.[name] ?? "";
    const version = HOST_VERSIONS[name];
    if (satisfies(version, range, { includePrerelease: true })) continue;
    const { default: gtr } = await import("semver/ranges/gtr.js");
    const { default: validRange } = await import("semver/ranges/valid.js");
    const newer = validRange(range) !== null && !gtr(version, range);
    return { name, range, version, newer };
  }
  return undefined;
}

/** What to tell of it. */
export function misfitText(plugin: string, misfit: Misfit): { message: string; hint: string } {
  const { name, range, version, newer } = misfit;
  return {
    message: `${plugin} was written for ${name} ${range}, this k3d has ${version}`,
    hint: newer
      ? `Update k3d, or install an older version of ${plugin}`
      : `Install a newer version of ${plugin}, e.g. with "k3d plugins update"`,
  };
}
