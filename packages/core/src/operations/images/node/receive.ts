import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { isK3dError, throwIfAborted, toK3dError } from "../../../errors/index.js";
import type { NodeView } from "../../../node/views.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";

/** Greatest exit code of a command that no signal has ended. */
const MOST_OWN = 128;

/** How long a container may take to end after its processes. */
const STOP_LIMIT_MS = 3000;

/** Reads an archive into the images that kubelet sees; flags and the archive follow. */
export const IMPORT_COMMAND: readonly string[] = [
  "ctr",
  "--namespace",
  "k8s.io",
  "images",
  "import",
];

/** Why a node did not get an archive. */
export interface ImportFailure {
  node: string;
  reason: string;
  exitCode?: number;
  stderr?: string;
}

export interface ReceiveOptions {
  signal: AbortSignal;
  /** For `ctr images import`. */
  flags: readonly string[];
}

/** Imports an archive from a stream, which is closed in the end. */
export async function importStream(
  runtime: ContainerRuntime,
  node: NodeView,
  archive: Readable,
  { signal, flags }: ReceiveOptions,
): Promise<ImportFailure | undefined> {
  try {
    return await failureOf(runtime, node, signal, async () => {
      const args = [...IMPORT_COMMAND, ...flags, "-"];
      const ctr = await runtime.containers.exec(node.id, { args, stdin: archive, signal });
      const [stderr, exitCode] = await Promise.all([
        text(ctr.stderr),
        ctr.exitCode,
        text(ctr.stdout),
      ]);
      return { stderr, exitCode };
    });
  } finally {
    archive.destroy();
  }
}

/** Runs a command in a node. @throws `ABORTED` alone: whatever else it fails with is the node's failure. */
export async function failureOf(
  runtime: ContainerRuntime,
  node: NodeView,
  signal: AbortSignal,
  run: () => Promise<{ stderr: string; exitCode: number }>,
): Promise<ImportFailure | undefined> {
  try {
    const { stderr, exitCode } = await run();
    if (exitCode === 0) return undefined;
    throwIfAborted(signal);
    const stopped = exitCode > MOST_OWN && (await hasStopped(runtime, node, signal));
    throwIfAborted(signal);
    const reason = stopped ? "it stopped meanwhile" : reasonIn(stderr, exitCode);
    return { node: node.name, reason, exitCode, stderr };
  } catch (error) {
    throwIfAborted(signal);
    if (isK3dError(error, "ABORTED")) throw error;
    return { node: node.name, reason: toK3dError(error).message };
  }
}

/**
 * Whether the node's container ends too: its processes end before the engine says so of the
 * container. A command that was killed alone, for want of memory for one, is told after the limit.
 */
async function hasStopped(
  { containers }: ContainerRuntime,
  { id }: NodeView,
  signal: AbortSignal,
): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(STOP_LIMIT_MS)]);
  return containers.wait(id, { signal: limit }).then(
    () => true,
    () => false,
  );
}

/** The last line that the command wrote; what comes before is progress. */
function reasonIn(stderr: string, exitCode: number): string {
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return last.replace(/^ctr: /, "") || `ctr ended with exit code ${exitCode}`;
}
