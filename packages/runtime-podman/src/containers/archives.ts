import type { Readable } from "node:stream";
import { posix } from "node:path";
import type { CallOptions } from "@k3d/core/runtime";
import type { FailureContext, FailureRule } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { feed, firstByte, outputOf } from "../command/streams.js";
import { splitArchive, withBaseName } from "./archive-entries.js";
import { containerStatus } from "./from-native.js";
import { inspectContainer } from "./inspect.js";
import { withPrivateDir } from "./secret-labels.js";
import type { ContainerJson } from "./inspect-json.js";

const NO_PATH: FailureRule = {
  pattern:
    /could not be found on container|destination must be a directory|no such file or directory|does not exist/i,
  code: "NOT_FOUND",
};

export interface ArchiveLocation {
  id: string;
  path: string;
}

/**
 * Unpacks a tar stream in a container, running or not.
 *
 * While a container does not run, podman sees its root file system and, for a
 * path inside a volume, that volume; what an archive holds for volumes below
 * the path has to be brought there separately.
 */
export async function putArchive(
  cli: PodmanCli,
  { id, path, archive, tempDir }: ArchiveLocation & { archive: Readable; tempDir: string },
  options: CallOptions,
): Promise<void> {
  const context = { action: `copy files to ${path} in container '${id}'`, rules: [NO_PATH] };
  const put = async (target: string, content: Readable): Promise<void> => {
    // Podman keeps what it reads in a file of its TMPDIR, and leaves that there.
    await withPrivateDir(tempDir, async (TMPDIR) => {
      // Without --archive=false podman gives all files to the container's user.
      const args = ["cp", "--archive=false", "-", `${id}:${target}`];
      await feed(await cli.stream(args, { ...options, env: { TMPDIR } }), content, context);
    });
  };
  // An archive that breaks before anything reads it is told by whoever reads it then.
  archive.on("error", () => undefined);
  try {
    const json = await inspectContainer(cli, id, options);
    const below = containerStatus(json) === "running" ? [] : mountsBelow(json, path);
    if (below.length === 0) await put(path, archive);
    else await splitArchive(archive, { base: path, mounts: below, put });
  } finally {
    archive.destroy();
  }
}

/** A tar stream of a path in a container; its names begin with the last part of the path. */
export async function getArchive(
  cli: PodmanCli,
  { id, path }: ArchiveLocation,
  options: CallOptions,
): Promise<Readable> {
  const context: FailureContext = {
    action: `copy ${path} from container '${id}'`,
    rules: [NO_PATH],
  };
  const running = await cli.stream(["cp", "--archive=false", `${id}:${path}`, "-"], options);
  const output = outputOf(running, context);
  const start = await firstByte(output);
  // Podman names what is at the root of a volume "/…".
  return start.startsWith("/") ? withBaseName(output, posix.basename(path)) : output;
}

/** Volumes and binds below a directory, the deepest first. */
function mountsBelow({ Mounts: mounts }: ContainerJson, path: string): string[] {
  const parent = path.endsWith("/") ? path : `${path}/`;
  return (mounts ?? [])
    .map(({ Destination }) => Destination)
    .filter((destination) => destination.startsWith(parent) && destination !== path)
    .toSorted((one, other) => other.length - one.length);
}
