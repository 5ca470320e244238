import { randomBytes } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { K3dError } from "../../../errors/index.js";
import { IMAGE_VOLUME_PATH } from "../../../model/defaults.js";
import type { ProcessIdentity } from "../../../model/process-identity.js";
import type { NodeView } from "../../../node/views.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { failureOf, type ImportFailure } from "./receive.js";
import type { NodeProbe } from "./probe.js";

/** How long the removal of an archive may take, in milliseconds. */
const REMOVAL_LIMIT_MS = 10_000;

/** Makes the file `$1`, says so, and waits until whoever started it closes its input, or dies. */
const HOLD = 'umask 077; : >"$1" && echo made && cat >/dev/null';

/** Then removes it. What still reads it finds it cut short, and takes back what it did. */
const REMOVE = '; : >"$1"; rm -f "$1"';

/** What starts so late that the file is removed already must not make it again. */
const WRITE = '[ -e "$1" ] && exec cat >"$1"';

/** An archive in the image volume that is there as long as this object is not closed. */
export interface VolumeFile {
  path: string;
  /** Writes all of the archive, and closes the stream. */
  write(archive: Readable): Promise<ImportFailure | undefined>;
  /** @param failed nothing is kept, whatever was asked for. */
  close(failed: boolean): Promise<void>;
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
  const script = keep ? HOLD : `${HOLD}${REMOVE}`;
  const holder = await runtime.containers.exec(node.id, {
    args: ["sh", "-c", script, "hold", path],
    stdin: alive,
  });
  const complaint = text(holder.stderr);
  // The node may be stopped meanwhile; the next import then finds the file by its name.
  const ended = Promise.all([complaint, holder.exitCode]).catch(() => {});
  if (!(await isMade(holder.stdout, signal))) {
    alive.end();
    await ended;
    throw new K3dError(
      "COMMAND_FAILED",
      (await complaint.catch(() => "")).trim() || "no file was made",
    );
  }
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
    async close(failed) {
      alive.end();
      const limit = AbortSignal.timeout(REMOVAL_LIMIT_MS);
      const late = new Promise<void>((resolve) => limit.addEventListener("abort", () => resolve()));
      await Promise.race([ended, late]);
      if (keep && failed) await exec(runtime, node.id, ["rm", "-f", path], {}).catch(() => {});
    },
  };
}

async function isMade(stdout: Readable, signal: AbortSignal): Promise<boolean> {
  const made = new Promise<boolean>((resolve) => {
    stdout.once("data", () => resolve(true));
    for (const event of ["end", "close", "error"]) stdout.once(event, () => resolve(false));
    signal.addEventListener("abort", () => resolve(false), { once: true });
  });
  const isThere = await made;
  stdout.resume();
  return isThere;
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
