import type { Pack } from "tar-stream";
import { K3dError, throwIfAborted, toK3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import type { ProcessIdentity } from "../../model/process-identity.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { ArchiveSink } from "./archive/sink.js";
import type { NodeProbe } from "./node/probe.js";
import { ByteProgress } from "./node/progress.js";
import { importStream, type ImportFailure } from "./node/receive.js";
import { localVolumeFile } from "./node/local-volume-file.js";
import { removeAbandoned, volumeFile, type VolumeFile } from "./node/volume-file.js";
import { volumeReader, type VolumeReader } from "./node/volume-reader.js";

/** Bytes after which readers of a file are told that there are more. */
const MORE = 16_777_216;

/** What the transfers of one import share. */
export interface TransferSurroundings {
  runtime: ContainerRuntime;
  events: EventSink;
  clock: Clock;
  owner: ProcessIdentity | undefined;
  signal: AbortSignal;
}

/** Some nodes that get the same archive: one from a stream, or several from a file that they share. */
export interface Receiver {
  nodes: readonly NodeProbe[];
  throughVolume: boolean;
  sink: ArchiveSink;
  /** Of the nodes whose import has begun, by name. */
  progress: Map<string, ByteProgress>;
  /** Those of the file. */
  readers: VolumeReader[];
}

/**
 * @param present digests and sizes of the blobs that all of the nodes have, and that are not sent.
 * @param size bytes of the archive, where they are about known.
 */
export function receiverOf(
  { nodes, throughVolume }: Pick<Receiver, "nodes" | "throughVolume">,
  present: ReadonlyMap<string, number>,
  pack: Pack,
  size: number | undefined,
): Receiver {
  let announced = 0;
  const progress = new Map<string, ByteProgress>();
  const readers: VolumeReader[] = [];
  const sink = new ArchiveSink(pack, present, (sent, spared) => {
    const total = size === undefined ? undefined : Math.max(size - spared, sent);
    for (const told of progress.values()) told.sent(sent, total);
    if (sent - announced < MORE) return;
    announced = sent;
    for (const reader of readers) reader.more();
  });
  return { nodes, throughVolume, sink, progress, readers };
}

/** What the receivers of one archive share. */
export interface Receiving {
  context: TransferSurroundings;
  /** What is imported, for messages. */
  title: string;
  /** For `ctr images import`. */
  flags: readonly string[];
  /** Keep the archive in the image volume. */
  keep: boolean;
  failures: ImportFailure[];
  /** Names of nodes that may do better with a whole archive of their own. */
  retry: Set<string>;
  /** Bytes sent, by node; nodes that share a file share its bytes. */
  sent: Map<string, number>;
}

/** Brings what a sink gets into its nodes. A node's failure is noted. @throws `ABORTED`. */
export async function receive(receiver: Receiver, work: Receiving): Promise<void> {
  const { nodes, sink, throughVolume } = receiver;
  const { runtime, signal } = work.context;
  if (throughVolume) return receiveThroughVolume(receiver, work);
  const { flags } = work;
  sink.stream.once("finish", () => tellWhole(receiver));
  await Promise.all(
    nodes.map((probe) =>
      importStep(receiver, probe, work, () =>
        importStream(runtime, probe.node, sink.stream, { signal, flags }),
      ),
    ),
  );
}

async function receiveThroughVolume(receiver: Receiver, work: Receiving): Promise<void> {
  const { nodes } = receiver;
  const { runtime, signal, owner, events } = work.context;
  const [writer] = nodes as readonly [NodeProbe];
  await removeAbandoned(runtime, writer, owner, signal).catch(() => {});
  const file = await openedFile(receiver, work).catch(toK3dError);
  if (file instanceof Error) {
    throwIfAborted(signal);
    return unwritten(work, nodes, { node: writer.node.name, reason: file.message });
  }
  let isWhole = false;
  try {
    isWhole = await readWhileWritten(file, receiver, work);
  } finally {
    const kept = await file.close(isWhole);
    if (kept !== undefined) {
      const message = `Kept ${kept} in the image volume`;
      events.emit({ type: "log", level: "info", message });
    }
  }
}

/** A file that nodes have begun to read: one of this process's if all of them see it, else one that a node writes. */
async function openedFile(receiver: Receiver, work: Receiving): Promise<VolumeFile> {
  const { nodes } = receiver;
  const { runtime, signal, owner } = work.context;
  const [writer] = nodes as readonly [NodeProbe];
  const options = { owner, signal, keep: work.keep };
  const local = await localVolumeFile(runtime, writer, options);
  if (local !== undefined) {
    const areOpen = await openedBy(receiver, local, work);
    if (!areOpen.includes(false)) return local;
    for (const reader of receiver.readers.splice(0)) reader.close();
    await local.close(false);
    throwIfAborted(signal);
  }
  const views = nodes.map(({ node }) => node);
  const file = await volumeFile(runtime, views, options);
  await openedBy(receiver, file, work);
  return file;
}

/** Starts a reader in each node. @returns which of them have opened the file. */
function openedBy(
  { nodes, readers, progress }: Receiver,
  { path }: VolumeFile,
  { context: { runtime, signal }, flags }: Receiving,
): Promise<boolean[]> {
  for (const { node } of nodes) {
    const onRead = (bytes: number): void => progress.get(node.name)?.read(bytes);
    readers.push(volumeReader(runtime, node, path, { signal, flags, onRead }));
  }
  return Promise.all(readers.map(({ opened }) => opened));
}

/** @returns whether the file was written whole. */
async function readWhileWritten(
  file: VolumeFile,
  receiver: Receiver,
  work: Receiving,
): Promise<boolean> {
  const { nodes, sink, readers } = receiver;
  let failure: ImportFailure | undefined;
  const write = async (): Promise<boolean> => {
    try {
      const areOpen = await Promise.all(readers.map(({ opened }) => opened));
      if (!areOpen.includes(true)) return false;
      // Nothing is left of it then, whoever is killed or stopped.
      if (!work.keep) readers[areOpen.indexOf(true)]?.drop();
      failure = await file.write(sink.stream);
      if (failure !== undefined) return false;
      tellWhole(receiver);
      for (const reader of readers) reader.end();
      return true;
    } finally {
      for (const reader of readers) reader.close();
      sink.close();
    }
  };
  const written = write();
  // Steps that an interrupt keeps from starting do not wait for it.
  written.catch(() => {});
  await Promise.all(
    nodes.map((probe, index) =>
      importStep(receiver, probe, work, async ({ node }) => {
        const own = await readers[index]?.outcome;
        return own === undefined || failure === undefined ? own : { ...failure, node: node.name };
      }),
    ),
  );
  const isWhole = await written;
  if (failure !== undefined) unwritten(work, nodes, failure);
  return isWhole;
}

function tellWhole({ progress, sink }: Receiver): void {
  for (const told of progress.values()) told.whole(sink.sent);
}

/** One node's failure to write the file is none of the others. */
function unwritten(
  { failures, retry }: Receiving,
  nodes: readonly NodeProbe[],
  failure: ImportFailure,
): void {
  for (const { node } of nodes) {
    if (!failures.some((known) => known.node === node.name)) {
      failures.push({ ...failure, node: node.name });
    }
    if (!isFull(failure)) retry.add(node.name);
  }
}

/** A node's part, shown as a step of its own. Its failure ends no other one. */
async function importStep(
  { sink, progress }: Receiver,
  probe: NodeProbe,
  { context, title, failures, retry, sent }: Receiving,
  run: (probe: NodeProbe) => Promise<ImportFailure | undefined>,
): Promise<void> {
  const { events, clock, signal } = context;
  const { name } = probe.node;
  let failure: ImportFailure | undefined;
  const step: Step = {
    id: `image:import:${name}`,
    title: `Import ${title} into ${name}`,
    run: async (stepContext) => {
      progress.set(name, new ByteProgress(clock, stepContext));
      failure = await run(probe);
      if (failure !== undefined) throw new K3dError(codeOf(failure), failure.reason);
    },
  };
  try {
    await runSteps([step], { events, clock, signal, rollback: false });
  } catch (error) {
    if (failure === undefined) throw error;
    failures.push(failure);
    // What it was spared may have been removed meanwhile.
    if (/not found/.test(failure.stderr ?? "") && probe.blobs.size > 0) retry.add(name);
  }
  sent.set(name, sink.sent);
}

export function isFull({ stderr = "", reason }: ImportFailure): boolean {
  return /no space left on device/i.test(`${stderr}\n${reason}`);
}

export function codeOf(failure: ImportFailure): K3dError["code"] {
  if (isFull(failure)) return "NO_SPACE";
  return failure.exitCode === undefined ? "CONTAINER_FAILED" : "COMMAND_FAILED";
}
