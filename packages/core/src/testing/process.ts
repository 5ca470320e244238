import type { ContainerNetworkInfo, LogEntry } from "../runtime/containers.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { MemoryFiles } from "./files.js";

export type MemorySignal = `SIG${string}`;

/** What a program sees of its surroundings: the in-memory stand-in for a process inside a container. */
export interface MemoryProcess {
  /** `main` is the container's own, `exec` one started in it. */
  readonly kind: "main" | "exec";
  /** Name of the container. */
  readonly container: string;
  readonly image: string;
  readonly spec: ContainerSpec;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: string;
  readonly privileged: boolean;
  /** How often the container was started, this time included. */
  readonly run: number;
  readonly networks: readonly ContainerNetworkInfo[];
  readonly files: MemoryFiles;
  readonly stdin: AsyncIterable<Buffer>;
  /** Resolves with the first signal; a program that ignores SIGTERM is killed in the end. */
  readonly signalled: Promise<MemorySignal>;
  /** Aborted with the first signal. */
  readonly signal: AbortSignal;
  /** Writes one line. Resolves when there is room for more. */
  print(line: string, stream?: LogEntry["stream"]): Promise<void>;
  write(data: string | Buffer, stream?: LogEntry["stream"]): Promise<void>;
  /** Adds to the CPU time of the container that `stats` tells. */
  useCpu(nanoseconds: number): void;
  /** Answers connections to `port` with a text until the process ends. */
  listen(port: number, answer: () => string): void;
  /** What the process listening at a container name or address and port answers. @throws when none does. */
  dial(host: string, port: number): Promise<string>;
}

/** Runs as a process and returns its exit code; nothing means 0. */
export type MemoryProgram = (process: MemoryProcess) => Promise<number | void> | number | void;

/** Chooses a program for a process; `undefined` leaves the choice to the next. */
export type MemoryProgramChoice = (process: MemoryProcess) => MemoryProgram | undefined;

const TERMINATED = 128 + 15;
const COMMAND_NOT_FOUND = 127;

/** What a container runs that no program was scripted for: it waits for its end. */
export const waitForSignal: MemoryProgram = async (process) => {
  await process.signalled;
  return TERMINATED;
};

/** What an exec runs that no program was scripted for. */
export const commandNotFound: MemoryProgram = async (process) => {
  await process.print(`exec: "${process.args[0] ?? ""}": executable file not found`, "stderr");
  return COMMAND_NOT_FOUND;
};
