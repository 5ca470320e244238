import type { Readable } from "node:stream";
import { K3dError, toK3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import type { ProcessIdentity } from "../../model/process-identity.js";
import type { NodeView } from "../../node/views.js";
import { exec } from "../../runtime/run-command.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { chosenImages, finishLayout, lackedBlobs, type PlatformChoice } from "./archive/layout.js";
import type { ArchivedImage } from "./archive/images.js";
import { readArchive, resend } from "./archive/read.js";
import { ArchiveSink } from "./archive/sink.js";
import { probeNode, type NodeProbe } from "./node/probe.js";
import { ByteProgress } from "./node/progress.js";
import { importFile, importStream, type ImportFailure } from "./node/receive.js";
import { removeAbandoned, volumeFile } from "./node/volume-file.js";
import type { ImportMode } from "./operations.js";

/** Takes the names away that stand for images which are not whole, or not unpacked. */
const REMOVE_BROKEN = `for name; do
  ctr -n k8s.io images check "name==$name" | grep -F "$name " | grep -q 'true *$' ||
    ctr -n k8s.io images rm "$name"
done`;

/** What the transfers of one import share. */
export interface TransferSurroundings {
  runtime: ContainerRuntime;
  events: EventSink;
  clock: Clock;
  owner: ProcessIdentity | undefined;
  signal: AbortSignal;
}

/** One archive on its way. */
export interface Load {
  /** For messages: what is imported. */
  title: string;
  /** For messages about the archive. */
  name: string;
  /** The archive, not compressed. */
  open(): Promise<Readable>;
  canReopen: boolean;
  /** Bytes, where they are about known. */
  size?: number;
  /** Under which names an image of the archive is wanted; none leaves it out. */
  namesOf(image: ArchivedImage): string[];
  platform: PlatformChoice;
  mode: ImportMode;
  /** Keep the archive in the image volume. */
  keepTarball: boolean;
}

export interface TransferResult {
  /** Names of the images that were imported. */
  names: string[];
  failures: ImportFailure[];
  /** Bytes sent, by node; nodes that share a file share its bytes. */
  sent: Map<string, number>;
}

/** Some nodes that get the same archive: one from a stream, or several from a file that they share. */
interface Receiver {
  nodes: NodeProbe[];
  throughVolume: boolean;
  sink: ArchiveSink;
}

/**
 * Writes one archive to several nodes, read once: what they have of it is not sent. Nodes that share
 * the image volume read it from there.
 *
 * @throws what the archive is refused for, what its source fails with, and `ABORTED`; no node has any
 * of it then. A node's failure is in the result.
 */
export async function transfer(
  load: Load,
  nodes: readonly NodeView[],
  surroundings: TransferSurroundings,
): Promise<TransferResult> {
  const first = await attempt(load, nodes, surroundings);
  const failed = nodes.filter(({ name }) => first.failures.some(({ node }) => node === name));
  const again = failed.filter(({ name }) => first.retry.has(name));
  if (again.length === 0 || !load.canReopen) return first;
  // What they were spared, or the file that they shared, was gone: now each gets all of it.
  const second = await attempt({ ...load, mode: "direct" }, again, surroundings, false);
  return {
    names: first.names,
    failures: [...first.failures.filter(({ node }) => !first.retry.has(node)), ...second.failures],
    sent: new Map([...first.sent, ...second.sent]),
  };
}

async function attempt(
  load: Load,
  nodes: readonly NodeView[],
  surroundings: TransferSurroundings,
  spare = true,
): Promise<TransferResult & { retry: Set<string> }> {
  const { runtime, signal: outer } = surroundings;
  const probes = await Promise.all(
    nodes.map((node) => probeNode(runtime, node, { signal: outer })),
  );
  const groups = grouped(probes, load.mode);
  const cut = new AbortController();
  const signal = AbortSignal.any([outer, cut.signal]);
  const { pack } = await import("tar-stream");
  const progress = new Map<string, ByteProgress>();
  const receivers = groups.map(({ nodes: members, throughVolume }): Receiver => {
    // An archive that is kept is whole.
    const isWhole = !spare || (throughVolume && load.keepTarball);
    const present = isWhole ? new Map<string, number>() : common(members);
    const sink = new ArchiveSink(pack(), present, (sent, spared) => {
      const total = load.size === undefined ? undefined : Math.max(load.size - spared, sent);
      for (const { node } of members) progress.get(node.name)?.tell(sent, total);
    });
    return { nodes: members, throughVolume, sink };
  });
  const result = {
    names: [] as string[],
    failures: [] as ImportFailure[],
    sent: new Map<string, number>(),
    retry: new Set<string>(),
  };
  const flags = importFlags(load.platform);
  const context = { ...surroundings, signal };
  const outcomes = Promise.allSettled(
    receivers.map((receiver) => receive(load, receiver, { context, flags, progress, result })),
  );
  try {
    result.names = await feed(load, receivers, signal);
  } catch (error) {
    for (const { sink } of receivers) sink.close();
    cut.abort(outer.aborted ? outer.reason : new K3dError("ABORTED", "it cannot be read"));
    await outcomes;
    throw error;
  }
  const settled = await outcomes;
  const refused = settled.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) throw refused.reason;
  await takeBack(result, probes, surroundings);
  return result;
}

/** Nodes that get the same archive. */
function grouped(probes: readonly NodeProbe[], mode: ImportMode): Omit<Receiver, "sink">[] {
  const shared = Map.groupBy(probes, ({ volume }) => (mode === "direct" ? undefined : volume));
  return [...shared].flatMap(([volume, nodes]): Omit<Receiver, "sink">[] => {
    if (volume !== undefined && (nodes.length > 1 || mode === "tools-node")) {
      return [{ nodes, throughVolume: true }];
    }
    if (volume === undefined && mode === "tools-node") {
      const names = nodes.map(({ node }) => node.name).join(", ");
      throw new K3dError("INVALID_INPUT", `There is no image volume in ${names}`, {
        hint: "Leave out --mode, or choose --mode direct.",
      });
    }
    return nodes.map((node) => ({ nodes: [node], throughVolume: false }));
  });
}

/** The blobs that all of these nodes have. */
function common(nodes: readonly NodeProbe[]): Map<string, number> {
  const [first, ...rest] = nodes;
  return new Map(
    [...(first?.blobs ?? [])].filter(([digest]) => rest.every(({ blobs }) => blobs.has(digest))),
  );
}

function importFlags(choice: PlatformChoice): string[] {
  if ("all" in choice) return ["--all-platforms"];
  return "only" in choice ? ["--platform", choice.only] : [];
}

/** Reads the archive into the sinks. @returns the names of its images. */
async function feed(
  load: Load,
  receivers: readonly Receiver[],
  signal: AbortSignal,
): Promise<string[]> {
  const sinks = receivers.map(({ sink }) => sink);
  const { name, canReopen } = load;
  const contents = await readArchive(await load.open(), sinks, { name, signal, canReopen });
  const images = chosenImages(contents, load.namesOf, load.platform);
  const wrong = sinks.filter(({ missing, isOver }) => missing.size > 0 && !isOver);
  if (wrong.length > 0) {
    if (!canReopen) throw contents.damaged("files of it have other contents than their names say");
    await resend(await load.open(), wrong, contents, signal);
  }
  for (const sink of sinks) {
    const [lacked] = lackedBlobs(contents, images, sink);
    if (lacked !== undefined) throw contents.incomplete(`blob ${lacked.digest}`);
  }
  await Promise.all(sinks.map((sink) => finishLayout(contents, images, sink)));
  return images.flatMap(({ names }) => names);
}

interface Receiving {
  context: TransferSurroundings;
  flags: readonly string[];
  progress: Map<string, ByteProgress>;
  result: TransferResult & { retry: Set<string> };
}

async function receive(load: Load, receiver: Receiver, work: Receiving): Promise<void> {
  const { runtime, signal } = work.context;
  const { nodes, sink, throughVolume } = receiver;
  const [writer] = nodes;
  if (!throughVolume || writer === undefined) {
    return importStep(load, receiver, nodes[0] as NodeProbe, work, ({ node }) =>
      importStream(runtime, node, sink.stream, { signal, flags: work.flags }),
    );
  }
  await removeAbandoned(runtime, writer, work.context.owner, signal).catch(() => {});
  const file = await volumeFile(runtime, writer.node, {
    ...work.context,
    keep: load.keepTarball,
  }).catch(toK3dError);
  if (file instanceof Error) {
    sink.close();
    return unwritten(work, nodes, { node: writer.node.name, reason: file.message });
  }
  let isWhole = false;
  try {
    const written = file.write(sink.stream);
    await Promise.all(
      nodes.map((probe) =>
        importStep(load, receiver, probe, work, async ({ node }) => {
          const failure = await written;
          if (failure !== undefined) return { ...failure, node: node.name };
          const onRead = (bytes: number): void => {
            work.progress.get(node.name)?.tell(bytes, sink.sent);
          };
          return importFile(runtime, node, file.path, { signal, flags: work.flags, onRead });
        }),
      ),
    );
    const failure = await written;
    if (failure !== undefined) unwritten(work, nodes, failure);
    isWhole = failure === undefined;
  } finally {
    await file.close(!isWhole);
    if (load.keepTarball && isWhole) {
      const message = `Kept ${file.path} in the image volume`;
      work.context.events.emit({ type: "log", level: "info", message });
    }
  }
}

/** One node's failure to write the file is none of the others. */
function unwritten(
  { result }: Receiving,
  nodes: readonly NodeProbe[],
  failure: ImportFailure,
): void {
  for (const { node } of nodes) {
    if (!result.failures.some((known) => known.node === node.name)) {
      result.failures.push({ ...failure, node: node.name });
    }
    if (!isFull(failure)) result.retry.add(node.name);
  }
}

/** A node's part, shown as a step of its own. Its failure ends no other one. */
async function importStep(
  load: Load,
  { sink }: Receiver,
  probe: NodeProbe,
  { context, progress, result }: Receiving,
  run: (probe: NodeProbe) => Promise<ImportFailure | undefined>,
): Promise<void> {
  const { events, clock, signal } = context;
  const { name } = probe.node;
  let failure: ImportFailure | undefined;
  const step: Step = {
    id: `image:import:${name}`,
    title: `Import ${load.title} into ${name}`,
    run: async (stepContext) => {
      const told = new ByteProgress(clock, stepContext);
      progress.set(name, told);
      sink.stream.once("finish", () => told.unpacking());
      failure = await run(probe);
      if (failure !== undefined) throw new K3dError(codeOf(failure), failure.reason);
    },
  };
  try {
    await runSteps([step], { events, clock, signal, rollback: false });
  } catch (error) {
    if (failure === undefined) throw error;
    result.failures.push(failure);
    // What it was spared may have been removed meanwhile.
    if (/not found/.test(failure.stderr ?? "") && probe.blobs.size > 0) result.retry.add(name);
  }
  result.sent.set(name, sink.sent);
}

/** containerd names images before it unpacks them: names of what failed are taken away again. */
async function takeBack(
  { names, failures }: TransferResult,
  probes: readonly NodeProbe[],
  { runtime, signal }: TransferSurroundings,
): Promise<void> {
  await Promise.all(
    probes
      .filter(({ node }) =>
        failures.some((failure) => failure.node === node.name && failure.exitCode !== undefined),
      )
      .map(async ({ node }) => {
        const args = ["sh", "-c", REMOVE_BROKEN, "remove", ...names];
        await exec(runtime, node.id, args, { signal }).catch(() => {});
      }),
  );
}

export function isFull({ stderr = "", reason }: ImportFailure): boolean {
  return /no space left on device/i.test(`${stderr}\n${reason}`);
}

export function codeOf(failure: ImportFailure): K3dError["code"] {
  if (isFull(failure)) return "NO_SPACE";
  return failure.exitCode === undefined ? "CONTAINER_FAILED" : "COMMAND_FAILED";
}
