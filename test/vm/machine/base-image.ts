import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findCommand, run } from "../../engine/host/command.ts";
import { ensurePackages, whyNotInstallable } from "../../engine/host/debian.ts";
import { withLock } from "../../engine/host/lock.ts";
import { say } from "../../engine/host/script.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import { debianMirror } from "./mirror.ts";
import { accessKey, CACHE } from "./places.ts";
import { PACKAGES, type Suite } from "./suites.ts";

/** What a machine boots from; none of it is changed by running it. */
export interface BaseImage {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** Programs of this machine, each with the package that brings it. */
const TOOLS: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  mke2fs: "e2fsprogs",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
};

const DISK_SIZE = "14G";

/**
 * The machine of a suite, from the cache or built from Debian packages (a few minutes). No mount
 * and no container is needed for it, but root, for chroot and the owners of files.
 *
 * @throws SetupError where it cannot be built
 */
export async function ensureBaseImage(suite: Suite): Promise<BaseImage> {
  await ensureTools();
  const folder = join(CACHE, `${suite.name}-${await recipe(suite)}`);
  const image = {
    disk: join(folder, "disk.img"),
    kernel: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
  };
  await mkdir(CACHE, { recursive: true });
  await withLock(join(CACHE, "build.lock"), async () => {
    if (existsSync(folder)) return;
    say(`Building the Debian ${suite.name} machine (once; some minutes)`);
    await removeOthers(suite);
    await build(suite, folder);
  });
  return image;
}

async function ensureTools(): Promise<void> {
  const missing = Object.entries(TOOLS).filter(([tool]) => findCommand(tool) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))];
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) {
    throw new SetupError(
      `programs to build and run a machine are missing; ${obstacle}`,
      `install the packages ${packages.join(" ")}`,
    );
  }
  await ensurePackages(packages);
}

async function recipe(suite: Suite): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([suite, PACKAGES, DISK_SIZE]));
  for (const script of ["root-tree.sh", "guest-setup.sh"])
    hash.update(await readFile(file(script)));
  return hash.digest("hex").slice(0, 12);
}

const file = (name: string): string => join(import.meta.dirname, name);

/** Older machines of the suite, and what interrupted builds have left. */
async function removeOthers(suite: Suite): Promise<void> {
  const old = (await readdir(CACHE)).filter(
    (name) => name.startsWith(`${suite.name}-`) || name.startsWith(`.build-${suite.name}-`),
  );
  for (const name of old) await rm(join(CACHE, name), { recursive: true, force: true });
}

async function build(suite: Suite, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      "building a machine needs root",
      "run it as root, or on a CI machine that is",
    );
  }
  const work = join(CACHE, `.build-${suite.name}-${process.pid}`);
  const tree = join(work, "tree");
  const result = join(work, "result");
  await mkdir(result, { recursive: true });
  try {
    await run(file("root-tree.sh"), [tree, suite.name, await debianMirror(), ...PACKAGES]);
    const { publicKey } = await accessKey();
    await run("chroot", [tree, "bash", "-s", "--", publicKey, suite.dockerApiFloor ?? ""], {
      input: await readFile(file("guest-setup.sh"), "utf8"),
    });
    const version = await kernelVersion(tree);
    for (const name of ["vmlinuz", "initrd.img"])
      await copyFile(join(tree, "boot", `${name}-${version}`), join(result, name));
    await makeDisk(tree, join(result, "disk.img"), DISK_SIZE);
    await rename(result, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function kernelVersion(tree: string): Promise<string> {
  const name = (await readdir(join(tree, "boot"))).find((entry) => entry.startsWith("vmlinuz-"));
  if (name === undefined) throw new SetupError("the new system has no kernel");
  return name.slice("vmlinuz-".length);
}

/** A file system in a file, filled without mounting it. */
export async function makeDisk(tree: string, disk: string, size: string): Promise<void> {
  await run("mke2fs", [
    "-q",
    "-t",
    "ext4",
    "-O",
    "^has_journal",
    "-m",
    "0",
    "-d",
    tree,
    disk,
    size,
  ]);
}
