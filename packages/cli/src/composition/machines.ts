import {
  composeMachines,
  guardRuntime,
  K3dError,
  machineEndpoint,
  parseMachine,
  throwIfAborted,
  toK3dError,
  traceRuntime,
  type ContainerRuntime,
  type EventSink,
  type Machine,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core";
import { namedCandidate, type SelectOptions } from "./select-runtime.js";
import { loadRuntimeFactory, type RuntimeCandidate } from "./runtime-candidates.js";

/** A machine and how this user reaches its engine. */
export interface NamedMachine {
  name: string;
  /** A name or a URL in the runtime's own words, e.g. a docker context. */
  endpoint: string;
}

/** How long a machine may take to answer at first, in milliseconds: the others do not wait longer for one that is gone. */
const CONNECT_LIMIT_MS = 8000;
/** After that long without a sign of life a machine is given up on, before all of them are. */
const SILENCE_MS = 20_000;

/** `NAME[=CONTEXT|URL]`, several with commas between, as `K3D_MACHINES` has them. @throws `INVALID_INPUT` */
export function machinesOf(text: string): NamedMachine[] {
  return text.split(",").map((entry) => {
    const machine = parseMachine(entry.trim());
    return { name: machine.name, endpoint: machineEndpoint(machine) };
  });
}

/**
 * The runtime that is chosen for one engine, on all machines: `--runtime` and its like, else the
 * first one that is installed.
 *
 * @throws `INVALID_INPUT` for a runtime that is not installed, and as {@link openMachines} does
 */
export async function selectMachines(
  machines: readonly NamedMachine[],
  options: SelectOptions,
): Promise<ContainerRuntime> {
  return openMachines(machines, { ...options, candidate: candidateFor(options) });
}

/** What `work` gives on each of these sets of machines; one of which none answers is warned of and left out. */
export async function onMachines<T>(
  sets: readonly (readonly NamedMachine[])[],
  options: SelectOptions,
  work: (runtime: ContainerRuntime) => Promise<T>,
): Promise<T[]> {
  const candidate = namedCandidate(options.choice, options.candidates) ?? options.candidates[0];
  const { load = loadRuntimeFactory } = options;
  // Of a runtime that opens no engine by a name no cluster can be there.
  if (candidate === undefined || (await load(candidate)).takesEngine !== true) return [];
  const different = new Map(sets.map((machines) => [JSON.stringify(machines), machines]));
  const results = await Promise.all(
    [...different.values()].map(async (machines): Promise<T[]> => {
      try {
        const runtime = await selectMachines(machines, options);
        try {
          return [await work(runtime)];
        } finally {
          await runtime.close();
        }
      } catch (error) {
        throwIfAborted(options.signal);
        const names = machines.map(({ name }) => name).join(", ");
        options.events.emit({
          type: "warning",
          message: `The clusters on ${names} are left out: ${toK3dError(error).message}`,
        });
        return [];
      }
    }),
  );
  return results.flat();
}

export interface OpenOptions {
  candidate: RuntimeCandidate;
  runtimeOptions: RuntimeOptions;
  events: EventSink;
  signal: AbortSignal;
  /** Default: {@link loadRuntimeFactory}. */
  load?: (candidate: RuntimeCandidate) => Promise<RuntimeFactory>;
}

/**
 * Connects to all machines at once, and makes one runtime of them. One that does not answer is
 * warned of.
 *
 * @throws `UNSUPPORTED` for a runtime that opens no engine by a name; why the first one does not answer when none does
 */
export async function openMachines(
  machines: readonly NamedMachine[],
  options: OpenOptions,
): Promise<ContainerRuntime> {
  const { events } = options;
  return composeMachines(await openEngines(machines, options), {
    onLost(name, { message, hint }) {
      events.emit({
        type: "warning",
        message: `Machine ${name} cannot be reached: ${message}`,
        hint,
      });
    },
  });
}

/** What `work` gives on the engines of these machines, each for itself. @throws as {@link selectMachines} does */
export async function withEngines<T>(
  machines: readonly NamedMachine[],
  options: SelectOptions,
  work: (engines: readonly Machine[]) => Promise<T>,
): Promise<T> {
  const engines = await openEngines(machines, {
    ...options,
    candidate: candidateFor(options),
  });
  try {
    return await work(
      engines.map(({ name, engine }) => ({
        name,
        engine: engine instanceof Error ? engine : traceRuntime(engine, options.events),
      })),
    );
  } finally {
    await Promise.allSettled(
      engines.flatMap(({ engine }) => (engine instanceof Error ? [] : [engine.close()])),
    );
  }
}

/** Connects to all machines at once. @throws `UNSUPPORTED` for a runtime that opens no engine by a name */
async function openEngines(
  machines: readonly NamedMachine[],
  options: OpenOptions,
): Promise<Machine[]> {
  const { candidate, load = loadRuntimeFactory } = options;
  const factory = await load(candidate);
  if (factory.takesEngine !== true) {
    throw new K3dError(
      "UNSUPPORTED",
      `The runtime ${candidate.name} cannot open an engine on another machine by name`,
      { hint: "Choose another runtime with --runtime, or leave the machines out." },
    );
  }
  return Promise.all(machines.map((machine) => open(machine, factory, options)));
}

function candidateFor({ candidates, choice }: SelectOptions): RuntimeCandidate {
  const candidate = namedCandidate(choice, candidates) ?? candidates[0];
  if (candidate === undefined)
    throw new K3dError("RUNTIME_UNAVAILABLE", "No container runtime is installed");
  return candidate;
}

async function open(
  { name, endpoint }: NamedMachine,
  factory: RuntimeFactory,
  { runtimeOptions, signal }: OpenOptions,
): Promise<Machine> {
  const engine = endpoint.includes("://") ? { host: endpoint } : { context: endpoint };
  const connecting = factory.create({ ...runtimeOptions, engine, signal });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new K3dError(
      "RUNTIME_UNAVAILABLE",
      `${endpoint} did not answer within ${CONNECT_LIMIT_MS / 1000} s`,
    );
    timer = setTimeout(() => reject(error), CONNECT_LIMIT_MS);
  });
  try {
    const runtime = await Promise.race([connecting, late]);
    return { name, engine: guardRuntime(runtime, { silenceMs: SILENCE_MS }) };
  } catch (error) {
    signal.throwIfAborted();
    // One that answers after all is not needed any more.
    void connecting.then(
      (runtime) => runtime.close(),
      () => {},
    );
    return { name, engine: toK3dError(error) };
  } finally {
    clearTimeout(timer);
  }
}
