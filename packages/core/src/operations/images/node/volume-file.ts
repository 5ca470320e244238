import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import type { ProcessIdentity } from "../../../model/process-identity.js";
import type { NodeView } from "../../../node/views.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { failureOf, type ImportFailure } from "./receive.js";
import type { NodeProbe } from "./probe.js";

/** How long the removal of an archive may take, in milliseconds. */
const REMOVAL_LIMIT_MS = 10_000;

/**
 * Removes the file `$1` when whoever started it closes its input, or dies. What still reads it finds
 * it cut short, and takes back what it did.
 */
const REMOVE_AT_END = 'cat >/dev/null; : >"$1"; rm -f "$1"';

const WRITE = 'umask 077; exec cat >"$1"';

/** Waits as the above, and keeps the file. */
const KEEP = "cat >/dev/null";

/** An archive in the image volume that is there as long as this object is not closed. */
export interface VolumeFile {
  path: string;
  /** Writes all of the archive, and closes the stream. */
  write(archive: Readable): Promise<ImportFailure | undefined>;
  close(): Promise<void>;
}

/**
 * Makes room for an archive in the image volume. What removes it runs in the node and waits for this
 * process's end, so nothing is left when this process is killed.
 */
export async function volumeFile(
  runtime: ContainerRuntime,
  node: NodeView,
  {
    owner,
    signal,
    keep,
  }: { owner: ProcessIdentity | undefined; signal: AbortSignal; keep: boolean },
): Promise<VolumeFile> {
  const name = keep ? keptName(node) : archiveName(owner);
  const path = `${IMAGE_VOLUME_PATH}/${name}`;
  const alive = new PassThrough();
  const args = ["sh", "-c", keep ? KEEP : REMOVE_AT_END, "remove", path];
  const remover = await runtime.containers.exec(node.id, { args, stdin: alive });
  // The node may be stopped meanwhile; the next import then finds the file by its name.
  const removed = Promise.all([
    text(remover.stdout),
    text(remover.stderr),
    remover.exitCode,
  ]).catch(() => {});
  return {
    path,
    async write(archive) {
      try {
        return await failureOf(node, signal, async () => {
          const writing = await runtime.containers.exec(node.id, {
            args: ["sh", "-c", WRITE, "write", path],
            stdin: archive,
            signal,
          });
          const [stderr, exitCode] = await Promise.all([
            text(writing.stderr),
            writing.exitCode,
            text(writing.stdout),
          ]);
          return { stderr, exitCode };
        });
      } finally {
        archive.destroy();
      }
    },
    async close() {
      alive.end();
      const limit = AbortSignal.timeout(REMOVAL_LIMIT_MS);
      const late = new Promise<void>((resolve) => limit.addEventListener("abort", () => resolve()));
      await Promise.race([removed, late]);
    },
  };
}

/** As the Go k3d names what it keeps. */
function keptName({ cluster = "" }: NodeView): string {
  const digits = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  return `k3d-${cluster}-images-${digits}.tar`;
}

/** Names tell who writes them, so that what a killed import left is known. */
function archiveName(owner: ProcessIdentity | undefined): string {
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
