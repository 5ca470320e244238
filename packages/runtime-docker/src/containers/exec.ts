import { pipeline } from "node:stream/promises";
import type { Duplex, Readable } from "node:stream";
import { K3dError, type ExecOptions, type ExecProcess } from "@k3d/core";
import type { Exec } from "dockerode";
import { abortable, pause } from "../abort.js";
import type { Engine } from "../engine.js";
import { translateError, type Operation } from "../errors.js";
import { splitOutput } from "./demux.js";

/** The engine tells the exit code a moment after the output ended; longer when the process closed its output before it ended. */
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 250;

async function readExitCode(exec: Exec, signal: AbortSignal | undefined): Promise<number> {
  for (let delay = FIRST_POLL_MS; ; delay = Math.min(delay * 2, LONGEST_POLL_MS)) {
    const state = await abortable(
      exec.inspect(signal === undefined ? {} : { abortSignal: signal }),
      signal,
    );
    if (!state.Running && state.ExitCode !== null) return state.ExitCode;
    await pause(delay, signal);
  }
}

/** Writes standard input. A process that ends without reading all of it is no failure. */
async function feed(stdin: Readable, socket: Duplex): Promise<void> {
  try {
    await pipeline(stdin, socket, { end: true });
  } catch (error) {
    if (!stdin.errored || stdin.errored === socket.errored) return;
    socket.destroy(error as Error);
  }
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
      `Cannot run a command in container "${id}": no command was given`,
    );
  }
  const operation: Operation = { verb: "run a command in", kind: "container", name: id };
  const exec = await engine.call(operation.verb, "container", id, signal, (request) =>
    engine.docker.getContainer(id).exec({
      ...request,
      Cmd: options.args,
      AttachStdout: true,
      AttachStderr: true,
      AttachStdin: stdin !== undefined,
      ...(options.env === undefined ? {} : { Env: options.env }),
      ...(options.cwd === undefined ? {} : { WorkingDir: options.cwd }),
      ...(options.user === undefined ? {} : { User: options.user }),
      ...(options.privileged === undefined ? {} : { Privileged: options.privileged }),
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
  const onAbort = (): void => void socket.destroy(new Error("aborted"));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  if (stdin !== undefined) void feed(stdin, socket);

  const { stdout, stderr, finished } = splitOutput(socket);
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
