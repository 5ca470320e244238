import oclif from "@oclif/core/package.json" with { type: "json" };
import { cliVersion } from "../version.js";

const K3D_RANGE = `^${cliVersion}`;

/** The package.json of a new plug-in. What k3d lends it are peers, and for its tests also devDependencies. */
export function packageJson(
  name: string,
  description: string,
  { lent, tools, more }: { lent: string[]; tools: string[]; more: object },
): string {
  const range = (dependency: string): string =>
    dependency === "@oclif/core" ? `^${oclif.version}` : K3D_RANGE;
  const ranges = (names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((dependency) => [dependency, range(dependency)]));
  return `${JSON.stringify(
    {
      name,
      version: "0.1.0",
      description,
      license: "MIT",
      keywords: ["k3d"],
      type: "module",
      files: ["src"],
      scripts: { test: "vitest run" },
      peerDependencies: ranges(lent),
      devDependencies: { ...ranges([...lent, ...tools]), vitest: "^5.0.0" },
      engines: { node: ">=22.18" },
      ...more,
    },
    undefined,
    2,
  )}\n`;
}
