import { glob, mkdir, mkdtemp, readFile, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { ROOT, type Manifest } from "../../scripts/packing/package.ts";

/** A package of the workspace that is published, and its tarball. */
export interface Packed {
  /** Folder in `packages`. */
  folder: string;
  manifest: Manifest;
  tarball: string;
}

export async function publishedPackages(): Promise<Omit<Packed, "tarball">[]> {
  const found: Omit<Packed, "tarball">[] = [];
  for await (const file of glob("packages/*/package.json", { cwd: ROOT })) {
    const manifest = JSON.parse(await readFile(join(ROOT, file), "utf8")) as Manifest;
    if (manifest.private !== true) found.push({ folder: join(ROOT, dirname(file)), manifest });
  }
  return found.toSorted((one, other) => one.manifest.name.localeCompare(other.manifest.name));
}

/** Packs a package: one that is published as it was built, an example is built anew. @returns its tarball */
export async function pack(folder: string, target: string): Promise<string> {
  const { stdout } = await execa("pnpm", ["pack", "--json", "--pack-destination", target], {
    cwd: folder,
    env: { K3D_PACK_BUILT: "1" },
  });
  // What a build prints comes before.
  return (JSON.parse(stdout.slice(stdout.indexOf("{"))) as { filename: string }).filename;
}

/** Packs all packages as they were built. */
export async function packAll(target: string): Promise<Packed[]> {
  const packed: Packed[] = [];
  for (const { folder, manifest } of await publishedPackages())
    packed.push({ folder, manifest, tarball: await pack(folder, target) });
  return packed;
}

/** Settings with which npm reaches nobody, and keeps nothing outside of a directory. */
export const cutOffNpm = (home: string): Record<string, string> => ({
  HOME: home,
  npm_config_cache: join(home, ".npm"),
  npm_config_registry: "http://127.0.0.1:9",
  npm_config_fetch_retries: "0",
});

/**
 * Installs the CLI from its tarball as `npm install --global` does, without a network.
 *
 * @param work a directory that is home and prefix of the installation
 * @returns path of the command
 */
export async function installCli(
  tarball: string,
  work: string,
  node = process.execPath,
): Promise<string> {
  const prefix = join(work, "prefix");
  const { stdout: npm } = await execa("sh", ["-c", "command -v npm"]);
  const options = ["--global", "--offline", "--no-audit", "--no-fund", `--prefix=${prefix}`];
  await execa(node, [await realpath(npm), "install", ...options, tarball], {
    env: cutOffNpm(work),
  });
  return join(prefix, "bin", "k3d");
}

/** Paths of the files in a tarball, without the folder that all are in. */
export async function filesOf(tarball: string): Promise<string[]> {
  const { stdout } = await execa("tar", ["-tzf", tarball]);
  return stdout
    .split("\n")
    .map((path) => path.replace(/^package\//, ""))
    .filter((path) => !path.endsWith("/"));
}

/**
 * A project with the packages as npm would install them: unpacked tarballs, each with links to the
 * libraries that its package.json names, and to no others.
 */
export async function installed(packed: readonly Packed[], project: string): Promise<void> {
  const modules = join(project, "node_modules");
  for (const { folder, manifest, tarball } of packed) {
    const target = join(modules, manifest.name);
    await mkdir(target, { recursive: true });
    await execa("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
    const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const name of names.filter((dependency) => !dependency.startsWith("@k3d/"))) {
      const link = join(target, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(folder, "node_modules", name), link);
    }
  }
}

/** A directory that is gone after the work in it. */
export async function temporary(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "k3d-packages-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
