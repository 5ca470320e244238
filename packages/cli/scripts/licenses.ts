import { glob, readFile } from "node:fs/promises";
import { join, parse } from "node:path";

interface ThirdParty {
  name: string;
  version: string;
  license: string;
  text: string;
}

/**
 * Puts together the licences of the packages whose modules were bundled, as their terms ask of a
 * copy. Packages of this workspace are left out: they carry the licence of the CLI itself.
 *
 * @param moduleIds paths of the bundled modules
 */
export async function thirdPartyLicenses(moduleIds: Iterable<string>): Promise<string> {
  const dirs = new Set<string>();
  for (const id of moduleIds) {
    const dir = packageDir(id.replace(/^\0[^/\\]*/, ""));
    if (dir) dirs.add(dir);
  }
  const packages = await Promise.all([...dirs].map(readThirdParty));
  const byName = new Map(packages.map((pkg) => [`${pkg.name}@${pkg.version}`, pkg]));
  return [...byName.entries()]
    .toSorted(([a], [b]) => a.localeCompare(b, "en"))
    .map(([id, { license, text }]) => `${id} (${license})\n\n${text}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** Directory of the installed package that a module belongs to; undefined outside node_modules. */
function packageDir(id: string): string | undefined {
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id);
  return match?.[1];
}

async function readThirdParty(dir: string): Promise<ThirdParty> {
  const pkg = JSON.parse(await readFile(join(dir, "package.json"), "utf8"));
  const files: string[] = [];
  for await (const file of glob("*", { cwd: dir })) {
    if (/^(licen[cs]e|notice|copying)/i.test(parse(file).name)) files.push(file);
  }
  const texts = await Promise.all(
    files.toSorted().map(async (file) => (await readFile(join(dir, file), "utf8")).trim()),
  );
  return {
    name: pkg.name,
    version: pkg.version,
    license: pkg.license ?? "see below",
    text: texts.join("\n\n") || `The package holds no licence text. Author: ${authorOf(pkg)}`,
  };
}

function authorOf({ author }: { author?: string | { name?: string } }): string {
  return (typeof author === "string" ? author : author?.name) ?? "unknown";
}
