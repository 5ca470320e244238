import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { K3dError, makeDirectories, notWritten } from "@k3d/core";
import { execa } from "execa";
import { npmReason } from "./npm.js";
import { DATA_HINT } from "./data-hint.js";
import { readPackageArchive, type PackageFacts } from "./package-archive.js";

/** Where a plug-in comes from. */
export type PluginSource =
  | { type: "registry"; spec: string }
  /** A tarball, or a directory of which one was made. */
  | { type: "archive"; path: string; facts: PackageFacts; dispose: () => Promise<void> };

/**
 * Tells what somebody means by the argument of `plugins install`: a file or directory that exists,
 * or else what npm knows: a name with a version or tag, or the address of a repository.
 *
 * @throws K3dError `NOT_FOUND` for a path that does not exist, `INVALID_INPUT` for one that holds no package
 */
export async function findSource(input: string, signal: AbortSignal): Promise<PluginSource> {
  if (input.trim() === "") {
    throw new K3dError("INVALID_INPUT", "The plug-in to install has no name", {
      hint: "Give the name of an npm package, a tarball or a directory",
    });
  }
  const written = input.startsWith("file://")
    ? fileURLToPath(input)
    : input.replace(/^file:(?!\/\/)/, "");
  const found = await stat(written).catch(() => undefined);
  if (found === undefined) {
    if (/^([.~]{0,2}[/\\]|[A-Za-z]:\\|file:)/.test(input) || /\.(tgz|tar\.gz)$/.test(input)) {
      throw new K3dError("NOT_FOUND", `'${written}' does not exist`, {
        hint: "Check the path",
      });
    }
    return { type: "registry", spec: input };
  }
  const path = await realpath(written);
  if (!found.isDirectory())
    return {
      type: "archive",
      path,
      facts: await readPackageArchive(path),
      dispose: async () => {},
    };
  return packDirectory(path, signal);
}

/**
 * Reads the package.json of a directory.
 *
 * @throws K3dError `NOT_FOUND` when it holds none that can be read
 */
export async function readDirectory(
  directory: string,
): Promise<{ path: string; facts: PackageFacts }> {
  try {
    const path = await realpath(directory);
    const facts = JSON.parse(await readFile(join(path, "package.json"), "utf8")) as PackageFacts;
    return { path, facts };
  } catch (error) {
    throw new K3dError("NOT_FOUND", `${directory} holds no readable package.json`, {
      hint: "Name the directory of a plug-in",
      cause: error,
    });
  }
}

async function packDirectory(directory: string, signal: AbortSignal): Promise<PluginSource> {
  await readDirectory(directory);
  const temporary = await mkdtemp(join(tmpdir(), "k3d-plugin-"));
  const dispose = (): Promise<void> => rm(temporary, { recursive: true, force: true });
  try {
    const args = ["pack", directory, "--pack-destination", temporary, "--loglevel=error"];
    const { failed, shortMessage, stderr, code } = await execa("npm", args, {
      reject: false,
      cancelSignal: signal,
      stdin: "ignore",
    });
    if (failed) {
      const reason =
        code === "ENOENT" ? "npm is not on PATH" : npmReason([stderr ?? ""]) || shortMessage;
      throw new K3dError("COMMAND_FAILED", `${directory} cannot be packed: ${reason}`, {
        hint: "Pack it yourself with npm pack, and install the tarball",
      });
    }
    const [file] = await readdir(temporary);
    const path = join(temporary, file ?? "");
    return { type: "archive", path, facts: await readPackageArchive(path), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Copies a tarball to where k3d keeps them, so that npm finds it again when it works on another
 * plug-in. Its name tells its content: npm takes a file of the same name for the same package.
 */
export async function keepArchive(
  dataDir: string,
  path: string,
  { name, version }: PackageFacts,
): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(path))
    .digest("hex")
    .slice(0, 12);
  const directory = join(dataDir, "tarballs");
  const kept = join(directory, `${flat(name)}-${flat(version)}-${hash}.tgz`);
  try {
    await makeDirectories(directory);
    await copyFile(path, kept);
  } catch (error) {
    throw notWritten(`${kept} cannot be written`, error, { hint: DATA_HINT });
  }
  return kept;
}

function flat(text: string): string {
  return text.replace(/^@/, "").replaceAll(/[^\w.-]/g, "-");
}

/** Removes the tarballs that no plug-in came from. */
export async function forgetArchives(dataDir: string, urls: readonly string[]): Promise<void> {
  const directory = join(dataDir, "tarballs");
  const used = new Set(urls.map((url) => basename(url)));
  const files = await readdir(directory).catch(() => []);
  await Promise.all(
    files
      .filter((file) => !used.has(file))
      .map((file) => rm(join(directory, file), { force: true })),
  );
}
