import { PassThrough, Readable } from "node:stream";
import type { LogEntry } from "../runtime/containers.js";
import type { MemoryContainer, RunningProcess } from "./container.js";
import {
  commandNotFound,
  waitForSignal,
  type MemoryProcess,
  type MemorySignal,
} from "./process.js";
import type { MemoryWorld } from "./world.js";

const KILLED = 128 + 9;

export interface ProcessRequest {
  kind: MemoryProcess["kind"];
  args: readonly string[];
  env: readonly string[];
  cwd?: string;
  user?: string;
  privileged?: boolean;
  stdin?: Readable;
}

export interface StartedProcess extends RunningProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exitCode: Promise<number>;
}

type Streams = Record<LogEntry["stream"], PassThrough>;

/** Starts the program chosen for `request` in `container`. */
export function runProcess(
  world: MemoryWorld,
  container: MemoryContainer,
  request: ProcessRequest,
): StartedProcess {
  const streams: Streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const abort = new AbortController();
  const signalled = Promise.withResolvers<MemorySignal>();
  const killed = Promise.withResolvers<number>();
  const listening = new Set<number>();

  const write = async (
    data: string | Buffer,
    stream: LogEntry["stream"] = "stdout",
  ): Promise<void> => {
    if (request.kind === "main") {
      container.logs.write(data.toString(), stream);
    } else if (!streams[stream].destroyed && !streams[stream].write(data)) {
      await Promise.race([room(streams[stream]), killed.promise]);
    }
  };
  const process: MemoryProcess = {
    kind: request.kind,
    container: container.name,
    image: container.spec.image,
    spec: container.spec,
    args: request.args,
    env: Object.fromEntries(
      request.env.map((entry) => entry.split(/=(.*)/s).slice(0, 2) as [string, string]),
    ),
    cwd: request.cwd ?? "/",
    user: request.user ?? "0:0",
    privileged: request.privileged ?? container.spec.privileged ?? false,
    run: container.runs,
    networks: container.networks((id) => world.networks.get(id)),
    files: container.files,
    stdin: request.stdin ?? Readable.from([]),
    signalled: signalled.promise,
    signal: abort.signal,
    print: (line, stream) => write(`${line}\n`, stream),
    write,
    useCpu(nanoseconds) {
      container.usage.cpuNanoseconds += nanoseconds;
    },
    listen(port, answer) {
      container.listeners.set(port, answer);
      listening.add(port);
    },
    dial: (host, port) => dial(world, container, host, port),
  };

  const run = async (): Promise<number> => {
    // The caller gets hold of the process before it writes.
    await Promise.resolve();
    const program = chooseProgram(world, process);
    try {
      return await Promise.race([
        Promise.resolve(program(process)).then((code) => code ?? 0),
        killed.promise,
      ]);
    } catch (error) {
      await write(`${(error as Error).message}\n`, "stderr");
      return 1;
    } finally {
      for (const port of listening) container.listeners.delete(port);
      streams.stdout.end();
      streams.stderr.end();
    }
  };
  const exitCode = run();
  return {
    stdout: streams.stdout,
    stderr: streams.stderr,
    exitCode,
    ended: exitCode.then(() => undefined),
    kill(signal) {
      signalled.resolve(signal);
      abort.abort(signal);
      if (signal === "SIGKILL") killed.resolve(KILLED);
    },
  };
}

/** Resolves once `target` takes more, or never will. */
function room(target: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      target.off("drain", done).off("close", done);
      resolve();
    };
    target.on("drain", done).on("close", done);
  });
}

function chooseProgram(
  world: MemoryWorld,
  process: MemoryProcess,
): NonNullable<ReturnType<MemoryWorld["programs"][number]>> {
  for (const choose of world.programs.toReversed()) {
    const program = choose(process);
    if (program) return program;
  }
  return process.kind === "main" ? waitForSignal : commandNotFound;
}

async function dial(
  world: MemoryWorld,
  from: MemoryContainer,
  host: string,
  port: number,
): Promise<string> {
  for (const candidate of world.containers.values()) {
    if (candidate.status !== "running") continue;
    for (const [networkId, endpoint] of candidate.endpoints) {
      if (!from.endpoints.has(networkId) && candidate !== from) continue;
      const { address, ipv6Address, aliases } = endpoint;
      if (![candidate.name, address, ipv6Address, ...aliases].includes(host)) continue;
      const answer = candidate.listeners.get(port);
      if (answer) return answer();
      throw new Error(`connect ${host}:${port}: connection refused`);
    }
  }
  throw new Error(`bad address '${host}'`);
}
