import { pipeline } from "node:stream/promises";
import type { Duplex, Readable } from "node:stream";
import {
  abortable,
  abortError,
  K3dError,
  type ExecOptions,
  type ExecProcess,
} from "@k3d/core/runtime";
import type { Exec } from "dockerode";
import { pause } from "../engine/pause.js";
import type { Engine } from "../engine/engine.js";
import { translateError, type Operation } from "../engine/errors.js";
import { watchSource } from "../engine/sources.js";
import { splitOutput } from "./demultiplex.js";

/** The engine tells the exit code a moment after the output ended; longer when the process closed its output before it ended. */
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 250;

async function readExitCode(exec: Exec, signal: AbortSignal | undefined): Promise<number> {
  for (let delay = FIRST_POLL_MS; ; delay = Math.min(delay * 2, LONGEST_POLL_MS)) {
    const state = await abortable(exec.inspect({ abortSignal: signal }), signal);
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    // `Running` is set before the session begins, so this command was never started.
    if (!state.Running && delay === LONGEST_POLL_MS) {
      throw new K3dError(
        "RUNTIME_ERROR",
        "The engine opened a session, but did not run the command",
      );
    }
    await pause(delay, signal);
  }
}

/**
 * Writes standard input. A process that ends without reading all of it is no
 * failure; an input that fails or closes early ends the connection with its error.
 */
function feed(stdin: Readable, socket: Duplex, what: string): void {
  watchSource(stdin, what, (error) => {
    if (!socket.destroyed && !socket.readableEnded) socket.destroy(error);
  });
  pipeline(stdin, socket, { end: true }).catch(() => undefined);
}

/** @see ContainerOperations.exec */
export async function execute(
  engine: Engine,
  id: string,
  options: ExecOptions,
): Promise<ExecProcess> {
  const { signal, stdin } = options;
  if (options.args.length === 0) {
    throw new K3dError(
      "INVALID_INPUT",
      `Cannot run a command in container '${id}': no command was given`,
    );
  }
  // Until it is fed, its failure is only noted; the stream itself remembers it.
  stdin?.on("error", () => undefined);
  const operation: Operation = { verb: "run a command in", kind: "container", name: id };
  const exec = await engine.call(operation.verb, "container", id, signal, (request) =>
    engine.docker.getContainer(id).exec({
      ...request,
      Cmd: options.args,
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: stdin !== undefined,
      Env: options.env,
      WorkingDir: options.cwd,
      User: options.user,
      Privileged: options.privileged,
    }),
  );
  const socket = await engine.call(operation.verb, "container", id, signal, (request) =>
    exec.start({
      ...request,
      Detach: false,
      Tty: false,
      ...(stdin === undefined ? {} : { hijack: true, stdin: true }),
    }),
  );
  const onAbort = (): void => void (signal && socket.destroy(abortError(signal)));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const { stdout, stderr, finished } = splitOutput(socket);
  if (stdin !== undefined) feed(stdin, socket, `run a command in container '${id}'`);
  const exitCode = (async () => {
    try {
      await finished;
      return await readExitCode(exec, signal);
    } catch (error) {
      throw translateError(error, operation, signal);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
    }
  })();
  // A caller that only reads the streams learns of a failure from them.
  exitCode.catch(() => undefined);
  return { stdout, stderr, exitCode };
}
