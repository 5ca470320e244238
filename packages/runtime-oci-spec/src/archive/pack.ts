import { lstat } from "node:fs/promises";
import { posix } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import type { Options } from "execa";
import { abortError, K3dError } from "@k3d/core/runtime";
import { endOnExit, OWN_GROUP } from "../host/children.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { ContainerTree } from "./tree.ts";

/**
 * A tar stream of a file, link or directory of a container, under its own name.
 *
 * @throws `NOT_FOUND`.
 */
export async function packFrom(
  tree: ContainerTree,
  path: string,
  signal?: AbortSignal,
): Promise<Readable> {
  const { path: inside, hostPath } = await tree.resolve(path, { followLast: path.endsWith("/") });
  if ((await lstat(hostPath).catch(ignoreMissing)) === undefined)
    throw new K3dError("NOT_FOUND", `${path} does not exist in the container`);
  const name = posix.basename(inside);
  // A mounted path has another name on the host.
  const rename =
    name === ""
      ? []
      : ["--transform", `flags=rSH;s|^\\.|${name.replaceAll(/[\\&|]/g, String.raw`\$&`)}|`];
  const isDirectory = (await lstat(hostPath)).isDirectory();
  const parent = posix.dirname(hostPath);
  const base = posix.basename(hostPath);
  const source = isDirectory
    ? ["--directory", hostPath, ...rename, "."]
    : ["--directory", parent, ...(base === name ? [] : fileRename(base, name)), `./${base}`];
  const strip = isDirectory || base !== name ? [] : ["--transform", String.raw`flags=rSH;s|^\./||`];
  const { execa } = await import("execa");
  const child = execa(
    "tar",
    [
      "--create",
      "--file=-",
      "--numeric-owner",
      "--format=pax",
      "--pax-option=delete=atime,delete=ctime",
      ...strip,
      ...source,
    ],
    {
      ...OWN_GROUP,
      reject: false,
      buffer: { stdout: false, stderr: true },
      stdin: "ignore",
      cancelSignal: signal,
    } as Options,
  );
  endOnExit(child, child);
  const archive = new PassThrough();
  (child.stdout as unknown as Readable).pipe(archive, { end: false });
  void child.then(({ exitCode, stderr, isCanceled }) => {
    if (isCanceled && signal) archive.destroy(abortError(signal));
    // 1: a file changed while it was read, as those of a running container may.
    else if (exitCode === 0 || exitCode === 1) archive.end();
    else
      archive.destroy(
        new K3dError("RUNTIME_ERROR", `${path} cannot be read from the container`, {
          details: { stderr: String(stderr) },
        }),
      );
  });
  archive.on("close", () => child.kill());
  return archive;
}

function fileRename(from: string, to: string): string[] {
  const pattern = from.replaceAll(/[\\.[\]*^$|]/g, String.raw`\$&`);
  return [
    "--transform",
    `flags=rSH;s|^\\./${pattern}$|${to.replaceAll(/[\\&|]/g, String.raw`\$&`)}|`,
  ];
}
