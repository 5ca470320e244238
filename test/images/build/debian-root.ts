import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand, run, runUnchecked } from "../../engine/host/command.ts";
import { APT_OPTIONS, updatePackageLists } from "../../engine/host/debian.ts";
import { SetupError } from "../../engine/host/setup-error.ts";

export interface DebianPackages {
  /** Packages to unpack, with everything they depend on. */
  readonly packages: readonly string[];
  /**
   * Packages to take for present although they are not: what only maintainer scripts use, which
   * never run here. Their own dependencies stay out with them.
   */
  readonly assumed?: readonly string[];
}

const ACCOUNTS = {
  "etc/passwd":
    "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/sbin/nologin\n" +
    "nginx:x:101:101:nginx:/nonexistent:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n",
  "etc/group": "root:x:0:\nwww-data:x:33:\nnginx:x:101:\nnogroup:x:65534:\n",
  "etc/nsswitch.conf": "hosts: files dns\n",
};

/** Unpacks Debian packages and their dependencies into a folder, without installing anything. */
export async function unpackDebianPackages(root: string, wanted: DebianPackages): Promise<void> {
  if (findCommand("apt-get") === undefined) {
    throw new SetupError(
      "offline images are built from Debian packages, and this machine has no apt-get",
      "let the engine pull images from their registries, or use a Debian machine",
    );
  }
  await prepareFolders(root);
  const folder = await mkdtemp(join(tmpdir(), "k3d-apt-"));
  try {
    for (const archive of await download(folder, wanted)) await unpack(archive, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await linkShell(root);
  await Promise.all(
    Object.entries(ACCOUNTS).map(([path, content]) => writeFile(join(root, path), content)),
  );
  await removeUnused(root);
}

/** Documentation and character sets, which no container of ours reads. */
async function removeUnused(root: string): Promise<void> {
  const shared = ["doc", "man", "locale", "info", "lintian", "bug", "perl5"];
  const libraries = join(root, "usr/lib");
  const gconv = (await readdir(libraries)).map((name) => join(libraries, name, "gconv"));
  await Promise.all(
    [...shared.map((name) => join(root, "usr/share", name)), ...gconv].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  );
}

/**
 * Lets apt find and fetch the packages into a folder as if on an empty machine. Returns the files.
 */
async function download(
  folder: string,
  { packages, assumed = [] }: DebianPackages,
): Promise<string[]> {
  await mkdir(join(folder, "partial"));
  const architecture = (await run("dpkg", ["--print-architecture"])).trim();
  const status = join(folder, "status");
  await writeFile(status, assumed.map((name) => installedEntry(name, architecture)).join(""));
  const settings = {
    "Dir::State::status": status,
    "Dir::Cache::archives": folder,
    "Dir::Cache::pkgcache": join(folder, "pkgcache.bin"),
    "APT::Sandbox::User": "root",
    "Debug::NoLocking": "1",
  };
  const args = [
    ...APT_OPTIONS,
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    "-yq",
    "--no-install-recommends",
    "--download-only",
    "install",
    ...packages,
  ];
  const { exitCode } = await runUnchecked("apt-get", args, { timeout: 600_000 });
  if (exitCode !== 0) {
    await updatePackageLists();
    await run("apt-get", args, { timeout: 600_000 });
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith(".deb"));
  return names.toSorted().map((name) => join(folder, name));
}

function installedEntry(name: string, architecture: string): string {
  return (
    `Package: ${name}\nStatus: install ok installed\nVersion: 999\n` +
    `Architecture: ${architecture}\nMulti-Arch: foreign\n\n`
  );
}

/** Debian's merged /usr, made first so that every package lands in it. */
async function prepareFolders(root: string): Promise<void> {
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const folders = [
    "dev",
    "etc",
    "proc",
    "root",
    "run",
    "sys",
    "tmp",
    "var/lib",
    "var/log",
    "var/tmp",
  ];
  await Promise.all(folders.map((name) => mkdir(join(root, name), { recursive: true })));
  await symlink("/run", join(root, "var/run"));
  await run("chmod", ["1777", join(root, "tmp"), join(root, "var/tmp")]);
}

async function unpack(archive: string, root: string): Promise<void> {
  const source = spawn("dpkg-deb", ["--fsys-tarfile", archive], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const target = spawn(
    "tar",
    ["-x", "--keep-directory-symlink", "--no-same-owner", "-p", "-C", root],
    {
      stdio: [source.stdout, "ignore", "inherit"],
    },
  );
  const codes = await Promise.all([once(source, "exit"), once(target, "exit")]);
  if (codes.some(([code]) => code !== 0))
    throw new SetupError(`cannot unpack ${archive}`, "delete it");
}

/** Gives every tool of busybox its name, where the package is among those unpacked. */
async function linkShell(root: string): Promise<void> {
  const busybox = join(root, "bin/busybox");
  if (!existsSync(busybox)) return;
  const names = (await run(busybox, ["--list"])).trim().split("\n");
  for (const name of names) {
    const path = join(root, "bin", name);
    if (!existsSync(path) && !existsSync(join(root, "sbin", name))) await symlink("busybox", path);
  }
}
