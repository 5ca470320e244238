import type { Readable } from "node:stream";
import { K3dError } from "../../errors/index.js";
import { exec } from "../../runtime/run-command.js";
import type { NodeView } from "../../node/views.js";
import { chosenImages, finishLayout, lackedBlobs, type PlatformChoice } from "./archive/layout.js";
import type { ArchivedImage } from "./archive/images.js";
import { readArchive, resend } from "./archive/read.js";
import { probeNode, type NodeProbe } from "./node/probe.js";
import type { ImportFailure } from "./node/receive.js";
import type { ImportMode } from "./operations.js";
import {
  receive,
  receiverOf,
  type Receiver,
  type Receiving,
  type TransferSurroundings,
} from "./receivers.js";

/** Takes the names away that stand for images which are not whole, or not unpacked. */
const REMOVE_BROKEN = `for name; do
  ctr -n k8s.io images check "name==$name" | grep -F "$name " | grep -q 'true *$' ||
    ctr -n k8s.io images rm "$name"
done`;

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
  platform: Promise<PlatformChoice>;
  /** For `ctr images import`. */
  flags: readonly string[];
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

/**
 * Writes one archive to several nodes, read once: what they have of it is not sent. Nodes that share
 * the image volume read it from there.
 *
 * @param known what the nodes told a moment ago, if they did.
 * @throws what the archive is refused for, what its source fails with, and `ABORTED`; no node has any
 * of it then. A node's failure is in the result.
 */
export async function transfer(
  load: Load,
  nodes: readonly NodeView[],
  surroundings: TransferSurroundings,
  known?: readonly NodeProbe[],
): Promise<TransferResult> {
  const probes = known ?? (await probed(nodes, surroundings));
  const first = await attempt(load, probes, surroundings);
  const failed = nodes.filter(({ name }) => first.failures.some(({ node }) => node === name));
  const again = failed.filter(({ name }) => first.retry.has(name));
  if (again.length === 0 || !load.canReopen) return first;
  // What they were spared, or the file that they shared, was gone: now each gets all of it.
  const second = await attempt(
    { ...load, mode: "direct" },
    await probed(again, surroundings),
    surroundings,
    false,
  );
  return {
    names: first.names,
    failures: [...first.failures.filter(({ node }) => !first.retry.has(node)), ...second.failures],
    sent: new Map([...first.sent, ...second.sent]),
  };
}

function probed(
  nodes: readonly NodeView[],
  { runtime, signal }: TransferSurroundings,
): Promise<NodeProbe[]> {
  return Promise.all(nodes.map((node) => probeNode(runtime, node, { signal })));
}

async function attempt(
  load: Load,
  probes: readonly NodeProbe[],
  surroundings: TransferSurroundings,
  spare = true,
): Promise<TransferResult & Pick<Receiving, "retry">> {
  const { signal: outer } = surroundings;
  const groups = grouped(probes, load.mode);
  const cut = new AbortController();
  const signal = AbortSignal.any([outer, cut.signal]);
  const { pack } = await import("tar-stream");
  const receivers = groups.map(({ nodes, throughVolume }): Receiver => {
    // An archive that is kept is whole.
    const isWhole = !spare || (throughVolume && load.keepTarball);
    const present = isWhole ? new Map<string, number>() : common(nodes);
    return receiverOf({ nodes, throughVolume }, present, pack(), load.size);
  });
  const work: Receiving = {
    context: { ...surroundings, signal },
    title: load.title,
    flags: load.flags,
    keep: load.keepTarball,
    failures: [],
    retry: new Set(),
    sent: new Map(),
  };
  const outcomes = Promise.allSettled(
    // Nobody reads what is written for one that is done, or never came to reading.
    receivers.map((receiver) => receive(receiver, work).finally(() => receiver.sink.close())),
  );
  let names: string[];
  try {
    names = await feed(load, receivers, signal);
  } catch (error) {
    for (const { sink } of receivers) sink.close();
    cut.abort(outer.aborted ? outer.reason : new K3dError("ABORTED", "it cannot be read"));
    await outcomes;
    throw error;
  }
  const settled = await outcomes;
  const refused = settled.find((outcome) => outcome.status === "rejected");
  if (refused !== undefined) throw refused.reason;
  const { failures, retry, sent } = work;
  await takeBack(names, failures, probes, surroundings);
  return { names, failures, retry, sent };
}

type Group = Pick<Receiver, "nodes" | "throughVolume">;

/** Nodes that get the same archive. */
function grouped(probes: readonly NodeProbe[], mode: ImportMode): Group[] {
  const shared = Map.groupBy(probes, ({ volume }) => (mode === "direct" ? undefined : volume));
  return [...shared].flatMap(([volume, nodes]): Group[] => {
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

/** Reads the archive into the sinks. @returns the names of its images. */
async function feed(
  load: Load,
  receivers: readonly Receiver[],
  signal: AbortSignal,
): Promise<string[]> {
  const sinks = receivers.map(({ sink }) => sink);
  const { name, canReopen } = load;
  const contents = await readArchive(await load.open(), sinks, { name, signal, canReopen });
  const images = chosenImages(contents, load.namesOf, await load.platform);
  const wrong = sinks.filter(({ missing, isOver }) => missing.size > 0 && !isOver);
  if (wrong.length > 0) {
    if (!canReopen) throw contents.damaged("some of its files do not match their digests");
    await resend(await load.open(), wrong, contents, signal);
  }
  for (const sink of sinks) {
    const [lacked] = lackedBlobs(contents, images, sink);
    if (lacked !== undefined) throw contents.incomplete(`blob ${lacked.digest}`);
  }
  await Promise.all(sinks.map((sink) => finishLayout(contents, images, sink)));
  return images.flatMap(({ names }) => names);
}

/** containerd names images before it unpacks them: names of what failed are taken away again. */
async function takeBack(
  names: readonly string[],
  failures: readonly ImportFailure[],
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
