import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { isK3dError, toK3dError } from "../../errors/index.js";
import type { NodeView } from "../../node/views.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { Branch, distribute } from "./distribute.js";

/** Reads an archive from standard input into the images that kubelet sees. */
const IMPORT_COMMAND = ["ctr", "--namespace", "k8s.io", "images", "import", "-"];

/** Why a node did not get an archive. */
export interface ImportFailure {
  node: string;
  reason: string;
  exitCode?: number;
  stderr?: string;
}

export interface ImportArchiveOptions {
  signal: AbortSignal;
  onBytes(bytes: number): void;
}

/**
 * Writes one archive to the containerd of several nodes at once.
 *
 * @returns the nodes that failed; the others have it.
 * @throws what the archive's source fails with, and `ABORTED`; no node has it then.
 */
export async function importArchive(
  runtime: ContainerRuntime,
  archive: Readable,
  nodes: readonly NodeView[],
  { signal: outer, onBytes }: ImportArchiveOptions,
): Promise<ImportFailure[]> {
  const cut = new AbortController();
  const signal = AbortSignal.any([outer, cut.signal]);
  const receivers = nodes.map((node) => ({ node, branch: new Branch() }));
  const outcomes = Promise.allSettled(
    receivers.map(({ node, branch }) => receive(runtime, node, branch, signal)),
  );
  try {
    const branches = receivers.map(({ branch }) => branch);
    await distribute(archive, branches, { signal, onBytes });
  } catch (error) {
    cut.abort(toK3dError(error));
    await outcomes;
    throw error;
  }
  return (await outcomes).flatMap((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value ?? [];
  });
}

async function receive(
  runtime: ContainerRuntime,
  node: NodeView,
  branch: Branch,
  signal: AbortSignal,
): Promise<ImportFailure | undefined> {
  try {
    const ctr = await runtime.containers.exec(node.id, {
      args: IMPORT_COMMAND,
      stdin: branch.stream,
      signal,
    });
    const [stderr, exitCode] = await Promise.all([
      text(ctr.stderr),
      ctr.exitCode,
      text(ctr.stdout),
    ]);
    if (exitCode === 0) return undefined;
    return { node: node.name, reason: reasonIn(stderr, exitCode), exitCode, stderr };
  } catch (error) {
    if (signal.aborted || isK3dError(error, "ABORTED", "RUNTIME_UNAVAILABLE")) throw error;
    return { node: node.name, reason: toK3dError(error).message };
  } finally {
    branch.close();
  }
}

/** The last line that the command wrote; what comes before is progress. */
function reasonIn(stderr: string, exitCode: number): string {
  const last = stderr.trim().split("\n").at(-1)?.trim() ?? "";
  return last.replace(/^ctr: /, "") || `ctr ended with exit code ${exitCode}`;
}
