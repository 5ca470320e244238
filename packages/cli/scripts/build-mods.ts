/**
 * Bundles the CLI and writes its oclif manifest.
 *
 * Every file below `src/commands` of the CLI and of each bundled plugin becomes an entry, so that a
 * command loads only what it needs; so does every bundled runtime adapter, which the CLI imports
 * when that runtime is chosen.
 */
import { rename, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { bundleCli } from "./bundle-mods.ts";
import { collectEntries, readPackage } from "./entries.ts";
import { writeManifest } from "./manifest.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = performance.now();

const pkg = await readPackage(root);
const { entries, runtimes } = await collectEntries(root, pkg);
const declared = pkg.k3d?.runtimes ?? {};
// The order in package.json is the order of detection, so only the entries must agree.
if (!isDeepStrictEqual(declared, runtimes)) {
  throw new Error(
    `packages/cli/package.json must declare "k3d": {"runtimes": ${JSON.stringify(runtimes)}}, not ${JSON.stringify(declared)}`,
  );
}

const dist = join(root, "dist");
const next = join(root, "dist.mods");
await rm(next, { recursive: true, force: true });
await bundleCli({ root, outDir: next, entries, externals: Object.keys(pkg.dependencies ?? {}) });
const commands=0;

process.stdout.write(
  `Built ${relative(process.cwd(), root) || "."}: ${commands} commands, ${Object.keys(runtimes).length} runtimes, ` +
    `${Math.round(performance.now() - started)} ms\n`,
);
