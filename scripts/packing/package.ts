import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const ROOT = dirname(dirname(import.meta.dirname));

/** The parts of a package.json that say what a user gets. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  description?: string;
  license?: string;
  repository?: { url: string; directory?: string };
  keywords?: string[];
  bin?: Record<string, string>;
  exports?: Exports;
  publishConfig?: { exports?: Exports };
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  oclif?: { commands?: string | { target?: string } };
  k3d?: { runtimes?: Record<string, string> };
}

type Exports = { [path: string]: string | Exports };

/**
 * Why a packer must not be used; npm leaves `workspace:` ranges and the paths of sources as they are.
 *
 * @param program what runs the script, as all packers tell in `npm_execpath`
 */
export function whyNotPackable(program: string | undefined): string | undefined {
  return program !== undefined && basename(program).startsWith("pnpm")
    ? undefined
    : "pack with pnpm (pnpm pack), which puts versions and exports in that a user can install";
}

/** Files that a package names in its package.json, and that are not there. */
export function missingFiles(folder: string, manifest: Manifest): string[] {
  const { bin = {}, oclif, k3d } = manifest;
  const commands = typeof oclif?.commands === "string" ? oclif.commands : oclif?.commands?.target;
  const named = [
    ...Object.values(bin),
    ...paths(manifest.publishConfig?.exports ?? manifest.exports ?? {}),
    ...(commands === undefined ? [] : [commands]),
    ...Object.values(k3d?.runtimes ?? {}),
    ...(manifest.bin === undefined ? [] : ["oclif.manifest.json"]),
    "README.md",
  ];
  return [...new Set(named)].filter(
    (path) => !path.includes("*") && !existsSync(join(folder, path)),
  );
}

const paths = (exports: Exports): string[] =>
  Object.values(exports).flatMap((value) => (typeof value === "string" ? value : paths(value)));
