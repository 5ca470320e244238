import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  waitForSignal,
  type MemoryProcess,
  type MemoryProgram,
  type MemoryProgramChoice,
} from "@k3d/core/testing";

const CAP_SYS_ADMIN = "0000000000200000";
const CHUNK = 64 * 1024;

/** `sh -c SCRIPT NAME PARAMS…`, as the suite's programs are started. */
const NAME_INDEX = 3;

const ended = async (process: MemoryProcess, code: number): Promise<number> => {
  await process.signalled;
  return code;
};

const fail = async (process: MemoryProcess, message: string): Promise<number> => {
  await process.print(message, "stderr");
  return 1;
};

const hostname = ({ spec }: MemoryProcess): string => spec.hostname ?? spec.name;

async function untilExists(process: MemoryProcess, path: string): Promise<void> {
  while (!process.files.get(path) && !process.signal.aborted) await delay(2);
}

async function changeFile(process: MemoryProcess, change: () => void): Promise<number> {
  try {
    change();
    return 0;
  } catch (error) {
    return fail(process, (error as Error).message);
  }
}

type Simulation = (process: MemoryProcess, params: readonly string[]) => Promise<number | void>;

/** The suite's programs as the in-memory engine runs them. */
const SIMULATIONS: Record<string, Simulation> = {
  idle: (process, [code]) => ended(process, Number(code)),
  stubborn: async (process) => {
    await process.print("ready");
    return new Promise<never>(() => undefined);
  },
  "idle-until-user": async (process, [code]) => {
    await process.print("ready");
    return (await process.signalled) === "SIGUSR1"
      ? Number(code)
      : new Promise<never>(() => undefined);
  },
  busy: async (process) => {
    for (; !process.signal.aborted; await delay(1)) process.useCpu(1e6);
  },
  exit: async (_, [code]) => Number(code),
  print: async (process, lines) => {
    for (const line of lines) await process.print(line);
  },
  "print-raw": (process, [text = ""]) => process.write(text),
  "print-both": async (process, [out = "", err = ""]) => {
    await process.print(out);
    await process.print(err, "stderr");
  },
  count: async (process, [lines]) => {
    for (let line = 1; line <= Number(lines); line++) await process.print(`line ${line}`);
  },
  "long-line": (process, [length]) => process.print("x".repeat(Number(length))),
  staged: async (process) => {
    await process.print("first");
    await untilExists(process, "/tmp/go");
    await process.print("second");
    await untilExists(process, "/tmp/end");
    await process.print("third");
  },
  flaky: async (process, [stable]) => {
    const run = Number(process.files.readText("/runs") ?? 0) + 1;
    process.files.writeText("/runs", String(run));
    await process.print(`run ${run}`);
    return run < Number(stable) ? 1 : ended(process, 0);
  },
  touch: (process, [path = ""]) => changeFile(process, () => process.files.writeText(path, "")),
  write: (process, [path = "", text = ""]) =>
    changeFile(process, () => process.files.writeText(path, text)),
  read: async (process, [path = ""]) => {
    const bind = process.spec.mounts.find(
      ({ type, destination }) => type === "bind" && path.startsWith(`${destination}/`),
    );
    if (bind?.source !== undefined)
      return process.write(await readFile(join(bind.source, path.slice(bind.destination.length))));
    const text = process.files.readText(path);
    return text === undefined ? fail(process, `${path}: no such file`) : process.write(text);
  },
  stat: async (process, paths) => {
    for (const path of paths) {
      const file = process.files.get(path);
      if (!file) return fail(process, `${path}: no such file`);
      await process.print(`${file.mode.toString(8)} ${file.uid} ${file.gid}`);
    }
    return 0;
  },
  "read-link": (process, [path = ""]) => process.print(process.files.get(path)?.target ?? ""),
  size: (process, [path = ""]) => process.print(String(process.files.get(path)?.data.length)),
  variable: async (process, [name = ""]) => {
    const value = process.env[name];
    return value === undefined ? 1 : process.print(value);
  },
  hostname: (process) => process.print(hostname(process)),
  "process-id": async (process) => {
    await process.print(process.spec.init ? "7" : "1");
    return ended(process, 0);
  },
  surroundings: async (process, [path, ...args]) => {
    const mount = process.spec.mounts.find(({ destination }) => destination === path);
    const lines = [
      "pid 1",
      `cwd ${process.cwd}`,
      `user ${process.user}`,
      `hostname ${hostname(process)}`,
      ...(mount === undefined ? [] : [`mount ${mount.type}`]),
      ...Object.entries(process.env).map(([name, value]) => `env ${name}=${value}`),
      ...(process.files.readText("/etc/hosts") ?? "").split("\n").map((line) => `hosts ${line}`),
      ...args.map((arg) => `arg ${arg}`),
    ];
    for (const line of lines) await process.print(line);
  },
  "echo-input": async (process) => {
    for await (const chunk of process.stdin) await process.write(chunk);
  },
  "count-input": async (process) => {
    let bytes = 0;
    for await (const chunk of process.stdin) bytes += chunk.length;
    await process.print(String(bytes));
  },
  zeros: async (process, [bytes]) => {
    const chunk = Buffer.alloc(CHUNK);
    for (let left = Number(bytes); left > 0; left -= CHUNK)
      await process.write(left < CHUNK ? chunk.subarray(0, left) : chunk);
  },
  "make-file": async (process, [path = "", bytes]) => {
    process.files.set(path, {
      type: "file",
      data: Buffer.alloc(Number(bytes)),
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtime: new Date(),
    });
  },
  serve: async (process, [port, text = ""]) => {
    process.listen(Number(port), () => `${text}\n`);
    return waitForSignal(process);
  },
  fetch: async (process, [host = "", port]) => {
    try {
      await process.write(await process.dial(host, Number(port)));
      return 0;
    } catch (error) {
      return fail(process, (error as Error).message);
    }
  },
  capabilities: (process) => process.print(process.privileged ? CAP_SYS_ADMIN : "0"),
};

/** Whether the image has the executable that `args` name. */
export function hasExecutable(args: readonly string[]): boolean {
  return args[0] === "sh";
}

export const busybox: MemoryProgramChoice = (process) => {
  const simulation = hasExecutable(process.args)
    ? SIMULATIONS[process.args[NAME_INDEX] ?? ""]
    : undefined;
  if (!simulation) return undefined;
  const program: MemoryProgram = (running) =>
    simulation(running, running.args.slice(NAME_INDEX + 1));
  return program;
};
