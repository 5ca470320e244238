import { isK3dError, joinHints, K3dError, throwIfAborted, toK3dError } from "../../errors/index.js";
import { lacksCapability } from "../../runtime/capability-needs.js";
import type { CallOptions } from "../../runtime/common.js";
import type { GroupOperations, GroupOptions } from "../../runtime/groups.js";
import type { ContainerRuntime, MachineGroup } from "../../runtime/runtime.js";
import { inOneGroup, type Machine } from "../../machines/index.js";

/** How a machine came into the group. */
export interface JoinedMachine {
  name: string;
  /** `began`: it manages the group that was made; `already`: nothing was to do. */
  outcome: "began" | "joined" | "already";
}

export interface JoinOptions extends CallOptions {
  /** Machine → address at which the others reach its engine. Default: what each engine finds. */
  addresses?: Readonly<Record<string, string>>;
  /** Told of each machine when it is done. */
  onJoined?: (machine: JoinedMachine) => void;
}

/** How long the engines are asked what was done, when something failed; milliseconds. */
const LOOK_LIMIT_MS = 5000;

interface Candidate {
  name: string;
  engine: ContainerRuntime;
  groups: GroupOperations;
  group: MachineGroup | undefined;
  makesNetworks: boolean;
}

/**
 * Puts engines into one group, managed by the first one. What would not work is refused before
 * anything is done; what was done stays when a machine fails, and is told. Run again it goes on.
 *
 * @throws `RUNTIME_UNAVAILABLE` for a machine that does not answer, `UNSUPPORTED` for an engine that
 * is put into no group, `INVALID_INPUT` for one that is in another group; why a machine did not join
 */
export async function joinMachines(
  machines: readonly Machine[],
  options: JoinOptions = {},
): Promise<JoinedMachine[]> {
  checkNames(machines, options.addresses ?? {});
  const candidates = await Promise.all(machines.map((machine) => look(machine, options)));
  const [first, ...others] = candidates as [Candidate, ...Candidate[]];
  refuseOther(first, others);
  try {
    return await join(first, others, options);
  } catch (error) {
    throw await told(toK3dError(error), candidates);
  }
}

async function join(
  first: Candidate,
  others: readonly Candidate[],
  { addresses = {}, onJoined = () => {}, signal }: JoinOptions,
): Promise<JoinedMachine[]> {
  const done = (name: string, outcome: JoinedMachine["outcome"]): JoinedMachine => {
    const machine = { name, outcome };
    onJoined(machine);
    return machine;
  };
  const begins = first.group?.member === undefined;
  if (begins) await begin(first, { address: addresses[first.name], signal });
  const head = done(first.name, begins ? "began" : "already");
  const isIn = ({ group }: Candidate): boolean => inOneGroup(first.group, group);
  if (others.every(isIn)) return [head, ...others.map(({ name }) => done(name, "already"))];
  const invitation = await first.groups.invite({ signal });
  const outcomes = await Promise.allSettled(
    others.map(async (machine) => {
      const { name, groups } = machine;
      if (isIn(machine)) return done(name, "already");
      try {
        await groups.join(invitation, { address: addresses[name], signal });
      } catch (error) {
        throw ofMachine(name, error);
      }
      return done(name, "joined");
    }),
  );
  throwIfAborted(signal);
  const failures = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [toK3dError(outcome.reason)] : [],
  );
  const [failure] = failures;
  if (failure === undefined) {
    const joined = outcomes as PromiseFulfilledResult<JoinedMachine>[];
    return [head, ...joined.map(({ value }) => value)];
  }
  const { code, hint, details } = failure;
  const message = failures.map((error) => error.message).join("; ");
  throw new K3dError(code, message, { hint, details, cause: failure });
}

async function begin({ name, groups }: Candidate, options: GroupOptions): Promise<void> {
  try {
    await groups.begin(options);
  } catch (error) {
    throwIfAborted(options.signal);
    throw ofMachine(name, error, "cannot begin a group");
  }
}

function checkNames(
  machines: readonly Machine[],
  addresses: Readonly<Record<string, string>>,
): void {
  if (machines.length < 2) {
    throw new K3dError("INVALID_INPUT", "A group needs at least two machines", {
      hint: "Name each with --machine; the first one manages the group.",
    });
  }
  for (const name of Object.keys(addresses)) {
    if (machines.some((machine) => machine.name === name)) continue;
    throw new K3dError(
      "INVALID_INPUT",
      `An address is given for '${name}', which is not a machine`,
      {
        hint: `Machines: ${machines.map((machine) => machine.name).join(", ")}`,
      },
    );
  }
}

async function look({ name, engine }: Machine, { signal }: CallOptions): Promise<Candidate> {
  if (engine instanceof Error) throw ofMachine(name, engine);
  try {
    const [info, { machineGroups, networkOverMachines }] = await Promise.all([
      engine.info({ signal }),
      engine.capabilities,
    ]);
    const { groups } = engine;
    if (!machineGroups || groups === undefined) throw lacksCapability("machineGroups", engine.name);
    const { machineGroup: group } = info;
    return { name, engine, groups, group, makesNetworks: networkOverMachines };
  } catch (error) {
    throwIfAborted(signal);
    throw ofMachine(name, error);
  }
}

/** Nothing is taken out of a group: what else it is used for is not k3d's to end. */
function refuseOther(first: Candidate, others: readonly Candidate[]): void {
  const manages = `${first.name} is named first and would manage the group`;
  if (first.group?.member !== undefined && !first.makesNetworks) {
    throw new K3dError("INVALID_INPUT", `${manages}, but is in one that it does not manage`, {
      hint: "Name a machine first that does, or let this one manage it too.",
    });
  }
  for (const { name, group } of others) {
    if (group?.member === undefined || inOneGroup(first.group, group)) continue;
    const how = group.howToLeave === undefined ? "" : `: ${group.howToLeave}`;
    const leave = `let ${name} leave it, if nothing else needs it${how}`;
    const inNone = first.group?.member === undefined;
    throw new K3dError("INVALID_INPUT", `The engine of machine ${name} is in another group`, {
      hint: inNone
        ? `Name ${name} first, if it manages that group; or ${leave}`
        : `On its machine, ${leave}`,
    });
  }
}

/** `error` with what there is now. */
async function told(error: K3dError, candidates: readonly Candidate[]): Promise<K3dError> {
  const signal = AbortSignal.timeout(LOOK_LIMIT_MS);
  const states = await Promise.all(
    candidates.map(async ({ name, engine }) => {
      const info = await engine.info({ signal }).catch(() => undefined);
      const state = info === undefined ? "unknown" : info.machineGroup?.member ? "in" : "out";
      return { name, state };
    }),
  );
  const named = (state: string): string =>
    states
      .filter((machine) => machine.state === state)
      .map(({ name }) => name)
      .join(", ") || "none";
  const unknown = named("unknown");
  const now = `In a group now: ${named("in")}; in none: ${named("out")}`;
  const what = unknown === "none" ? now : `${now}; not known: ${unknown}`;
  return new K3dError(error.code, `${error.message}. ${what}`, {
    hint: joinHints(
      error.hint ?? "Correct that.",
      "Run the same command again: it continues from there.",
    ),
    details: { ...error.details, machines: states },
    cause: error,
  });
}

function ofMachine(name: string, error: unknown, failed = "cannot join"): K3dError {
  const { code, message, hint, details } = toK3dError(error);
  const words = isK3dError(error, "RUNTIME_UNAVAILABLE") ? "cannot be reached" : failed;
  return new K3dError(code, `Machine ${name} ${words}: ${message}`, {
    hint,
    details,
    cause: error,
  });
}
