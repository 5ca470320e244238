/**
 * Runs before a package is packed: builds it, and refuses a tarball that could not be used.
 *
 * With `K3D_PACK_BUILT=1` what was built before is packed.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, missingFiles, whyNotPackable, type Manifest } from "./package.ts";

const folder = process.cwd();
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

const obstacle = whyNotPackable(process.env.npm_execpath);
if (obstacle !== undefined) fail(obstacle);
if (process.env.K3D_PACK_BUILT !== "1") {
  const command =
    manifest.bin === undefined
      ? [join(ROOT, "node_modules", "typescript", "bin", "tsc"), "-b"]
      : [join(folder, "scripts", "build.ts")];
  // Standard output is the packer's result.
  execFileSync(process.execPath, command, { cwd: folder, stdio: ["ignore", 2, 2] });
}
const missing = missingFiles(folder, manifest);
if (missing.length > 0) fail(`${manifest.name} lacks ${missing.join(", ")}: run pnpm run build`);

function fail(why: string): never {
  process.stderr.write(`Not packed: ${why}\n`);
  // oxlint-disable-next-line unicorn/no-process-exit -- what ends the packer
  process.exit(1);
}
