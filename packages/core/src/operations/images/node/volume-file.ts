import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { abortable, K3dError, throwIfAborted } from "../../../errors/index.js";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import type { ProcessIdentity } from "../../../model/process-identity.js";
import type { NodeView } from "../../../node/views.js";
import { quietly } from "../../../runtime/quietly.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { failureOf, type ImportFailure } from "./receive.js";
import type { NodeProbe } from "./probe.js";

/** How long the removal of an archive may take, in milliseconds. */
const REMOVAL_LIMIT_MS = 10_000;

/** Exit codes from here on are those of processes that a signal ended. */
const SIGNALLED = 128;

/** Makes the file `$1`, says so, and fills it from its input, which ends with whoever started it. */
const WRITE = 'umask 077; exec 3>"$1" && echo made && cat >&3';

/** Afterwards nobody opens it any more. */
const REMOVE = '; code=$?; rm -f "$1"; exit $code';

/** An archive in the image volume, to be read while it is written. */
export interface VolumeFile {
  path: string;
  /** Writes all of the archive, and closes the stream. @returns why it is not there whole. */
  write(archive: Readable): Promise<ImportFailure | undefined>;
  /**
   * Sees that nothing is left, unless it is to be kept and is whole.
   *
   * @returns the path of what is kept.
   */
  close(isWhole: boolean): Promise<string | undefined>;
}

export interface VolumeFileOptions {
  owner: ProcessIdentity | undefined;
  signal: AbortSignal;
  /** Under a name of its own, once it is whole. */
  keep: boolean;
}

/**
 * Makes an archive in the image volume that the first of `nodes` writes. The command that writes it
 * removes it, also when this process is killed; another node does when that one is stopped.
 *
 * @throws `COMMAND_FAILED`, and what the engine fails with.
 */
export async function volumeFile(
  runtime: ContainerRuntime,
  nodes: readonly NodeView[],
  { owner, signal, keep }: VolumeFileOptions,
): Promise<VolumeFile> {
  const [writer] = nodes as readonly [NodeView];
  const path = `${IMAGE_VOLUME_PATH}/${archiveName(owner)}`;
  const input = quietly(new PassThrough());
  const script = keep ? WRITE : `${WRITE}${REMOVE}`;
  // Without the signal: it ends with its input, and then has removed the file.
  const writing = await runtime.containers.exec(writer.id, {
    args: ["sh", "-c", script, "write", path],
    stdin: input,
  });
  const ended = Promise.all([text(writing.stderr), writing.exitCode]).then(
    ([stderr, exitCode]) => ({ stderr, exitCode }),
  );
  ended.catch(() => {});
  if (!(await isMade(writing.stdout, signal))) {
    input.end();
    const { stderr } = await abortable(ended, AbortSignal.timeout(REMOVAL_LIMIT_MS));
    if (keep) await removeFrom(runtime, nodes, path);
    throwIfAborted(signal);
    throw new K3dError("COMMAND_FAILED", stderr.trim() || "no file was made");
  }
  return {
    path,
    async write(archive) {
      const run = failureOf(runtime, writer, signal, () => abortable(ended, signal));
      archive.on("close", () => input.end()).pipe(input);
      try {
        const failure = await run;
        if (failure !== undefined || archive.readableEnded) return failure;
        return { node: writer.name, reason: "the archive was cut short" };
      } finally {
        archive.destroy();
      }
    },
    async close(isWhole) {
      input.end();
      if (keep && isWhole) {
        const kept = `${IMAGE_VOLUME_PATH}/${keptName(writer)}`;
        await exec(runtime, writer.id, ["mv", path, kept], {});
        return kept;
      }
      const limit = AbortSignal.timeout(REMOVAL_LIMIT_MS);
      const code = await abortable(ended, limit).then(
        ({ exitCode }) => exitCode,
        () => SIGNALLED,
      );
      if (keep || code >= SIGNALLED) await removeFrom(runtime, nodes, path);
      return undefined;
    },
  };
}

/** Any of the nodes that share the volume can do it. What none can, the next import finds. */
async function removeFrom(
  runtime: ContainerRuntime,
  nodes: readonly NodeView[],
  path: string,
): Promise<void> {
  const limit = AbortSignal.timeout(REMOVAL_LIMIT_MS);
  await Promise.any(
    nodes.map(({ id }) => exec(runtime, id, ["rm", "-f", path], { signal: limit })),
  ).catch(() => {});
}

async function isMade(stdout: Readable, signal: AbortSignal): Promise<boolean> {
  const made = new Promise<boolean>((resolve) => {
    stdout.once("data", () => resolve(true));
    for (const event of ["end", "close", "error"]) stdout.once(event, () => resolve(false));
    signal.addEventListener("abort", () => resolve(false), { once: true });
    if (signal.aborted) resolve(false);
  });
  const isThere = await made;
  stdout.resume();
  return isThere;
}

/** As the Go k3d names what it keeps. */
export function keptName({ cluster = "" }: NodeView): string {
  const digits = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return `k3d-${cluster}-images-${digits}.tar`;
}

/** Names tell who writes them, so that what a killed import left is known. */
export function archiveName(owner: ProcessIdentity | undefined): string {
  const mark = Buffer.from(owner?.id ?? "").toString("hex");
  return `k3d-import-${mark}-${randomBytes(6).toString("hex")}.tar`;
}

/** Removes archives in a node's image volume whose writers are gone. */
export async function removeAbandoned(
  runtime: ContainerRuntime,
  { node, archives }: NodeProbe,
  owner: ProcessIdentity | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (owner === undefined) return;
  const abandoned: string[] = [];
  for (const name of archives) {
    const mark = /^k3d-import-([0-9a-f]+)-[0-9a-f]+\.tar$/.exec(name)?.[1];
    if (mark === undefined) continue;
    const writer = Buffer.from(mark, "hex").toString();
    if ((await owner.isRunning(writer)) === false) abandoned.push(`${IMAGE_VOLUME_PATH}/${name}`);
  }
  if (abandoned.length === 0) return;
  await exec(runtime, node.id, ["rm", "-f", ...abandoned], { signal });
}
