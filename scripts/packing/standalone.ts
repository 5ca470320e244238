/**
 * Packs the built CLI with Node into one archive for people without npm.
 *
 *   node scripts/packing/standalone.ts [--output DIR]
 *
 * The archive is for machines like this one; unpacked anywhere, `k3d/bin/k3d` runs.
 */
import { execFileSync } from "node:child_process";
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT, type Manifest } from "./package.ts";

/** Finds itself through links, so that a link to it may stand on the PATH. */
const LAUNCHER = `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=\${self%/*}/$target ;;
  esac
done
case $self in
  */*) lib=\${self%/*}/../lib ;;
  *) lib=../lib ;;
esac
exec "$lib/node" --min-semi-space-size=16 -- "$lib/k3d/bin/run.js" "$@"
`;

const { values } = parseArgs({ options: { output: { type: "string", default: "." } } });
const cli = join(ROOT, "packages", "cli");
const { version } = JSON.parse(await readFile(join(cli, "package.json"), "utf8")) as Manifest;
const node = await realpath(process.execPath);
const archive = resolve(values.output, `k3d-${version}-${process.platform}-${process.arch}.tar.gz`);

const work = await mkdtemp(join(tmpdir(), "k3d-standalone-"));
try {
  const home = join(work, "k3d");
  const lib = join(home, "lib", "k3d");
  await mkdir(join(home, "bin"), { recursive: true });
  await mkdir(lib, { recursive: true });
  await writeFile(join(home, "bin", "k3d"), LAUNCHER, { mode: 0o755 });
  for (const part of ["bin", "dist", "oclif.manifest.json"])
    await cp(join(cli, part), join(lib, part), { recursive: true });
  await writeFile(join(lib, "package.json"), await publishedManifest());
  await copyFile(node, join(home, "lib", "node"));
  await chmod(join(home, "lib", "node"), 0o755);
  await copyFile(join(ROOT, "LICENSE"), join(home, "LICENSE"));
  await copyFile(await nodeLicense(), join(home, "lib", "NODE-LICENSE"));
  await mkdir(dirname(archive), { recursive: true });
  execFileSync("tar", [
    "-C",
    work,
    "--owner=0",
    "--group=0",
    "--sort=name",
    "-czf",
    archive,
    "k3d",
  ]);
} finally {
  await rm(work, { recursive: true, force: true });
}
process.stdout.write(`${archive}\n`);

/** Without what only this workspace understands. */
async function publishedManifest(): Promise<string> {
  const manifest = JSON.parse(await readFile(join(cli, "package.json"), "utf8"));
  for (const field of ["devDependencies", "publishConfig", "scripts"]) delete manifest[field];
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Beside or above the program, depending on how Node came here. */
async function nodeLicense(): Promise<string> {
  const folder = dirname(node);
  const places = ["../LICENSE", "LICENSE", "../share/doc/nodejs/copyright"].map((path) =>
    join(folder, path),
  );
  for (const place of places) {
    if (await readFile(place).then(Boolean, () => false)) return place;
  }
  throw new Error(`No licence of Node is beside ${node}: it has to go with a copy of it`);
}
