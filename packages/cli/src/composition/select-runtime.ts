import {
  K3dError,
  NODE_LABELS,
  nearest,
  throwIfAborted,
  toK3dError,
  type ContainerRuntime,
  type Detection,
  type EventSink,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core";
import { loadRuntimeFactory, type RuntimeCandidate } from "./runtime-candidates.js";

export interface RuntimeChoice {
  /** `--runtime`. */
  flag?: string | undefined;
  /** `K3D_RUNTIME`. */
  environment?: string | undefined;
  /** `options.runtime.name` of the config file. */
  config?: string | undefined;
  /** The runtime that has what the command works on. */
  found?: string | undefined;
}

export interface SelectOptions {
  candidates: readonly RuntimeCandidate[];
  choice: RuntimeChoice;
  runtimeOptions: RuntimeOptions;
  events: EventSink;
  signal: AbortSignal;
  /** Default: {@link loadRuntimeFactory}. */
  load?: (candidate: RuntimeCandidate) => Promise<RuntimeFactory>;
}

/** What one candidate is asked with. */
type Asking = Pick<SelectOptions, "runtimeOptions" | "signal" | "load"> & {
  events?: EventSink;
  /** It is looked at for what it has, and need not be the one that the command works on. */
  besides?: boolean;
};

/** What detection found for one candidate. */
export interface CandidateReport extends Detection {
  name: string;
  plugin: string;
}

/**
 * Connects to the runtime named by `--runtime`, else by the config file, else by `K3D_RUNTIME`; else
 * to the first candidate, in their order, that is available: the very first when it can be connected
 * to, each of the others when its `detect()` says so. An engine that something names (`DOCKER_HOST`,
 * a docker context) is not replaced by another runtime when it is not available.
 *
 * @throws K3dError `INVALID_INPUT` for a name that no installed package offers, `RUNTIME_UNAVAILABLE`
 * when none is available, with a line for every candidate
 */
export async function selectRuntime(options: SelectOptions): Promise<ContainerRuntime> {
  const { candidates, choice, events } = options;
  const named = namedCandidate(choice, candidates);
  if (named) {
    debug(events, `Runtime ${named.name}: chosen by ${namedRuntime(choice)?.source}`);
    return connectRuntime(named, options);
  }
  const [first] = candidates;
  const connected = first && (await connectAtOnce(first, options));
  if (first && connected) {
    debug(events, `Runtime ${first.name}: chosen, it is the first one and answers`);
    return connected;
  }
  const reports: CandidateReport[] = [];
  for (const candidate of candidates) {
    const report = await detectRuntime(candidate, options);
    throwIfAborted(options.signal);
    debug(
      events,
      `Runtime ${candidate.name}: ${report.available ? "chosen" : "skipped"}, ${report.reason}`,
    );
    if (report.available) return connectRuntime(candidate, options);
    refuseReplacement(report);
    reports.push(report);
  }
  throw nothingAvailable(reports);
}

/** The candidate that something names; `undefined` when nothing does. @throws `INVALID_INPUT` when none has the name. */
export function namedCandidate(
  choice: RuntimeChoice,
  candidates: readonly RuntimeCandidate[],
): RuntimeCandidate | undefined {
  const named = namedRuntime(choice);
  if (named === undefined) return undefined;
  const candidate = candidates.find(({ name }) => name === named.name);
  if (!candidate) throw unknownRuntime(named, candidates);
  return candidate;
}

/** Looks at one candidate; never throws, a module that cannot be loaded is reported as unavailable. */
export async function detectRuntime(
  candidate: RuntimeCandidate,
  asking: Asking,
): Promise<CandidateReport> {
  const { name, plugin } = candidate;
  const { runtimeOptions, signal, load = loadRuntimeFactory } = asking;
  try {
    const factory = await load(candidate);
    checkTakesEngine(factory, runtimeOptions);
    const detection = factory.detect({ ...runtimeOptions, signal });
    return { name, plugin, ...(await tellingOfWait(detection, name, asking)) };
  } catch (error) {
    const { message, hint } = toK3dError(error);
    return {
      name,
      plugin,
      available: false,
      reason: message,
      hint,
    };
  }
}

/**
 * Connects to the runtime that detection would begin with, without asking it first whether it is
 * there: that takes longer than all the rest of `cluster list`. `undefined` when it fails for
 * whatever reason; detection then finds out which. How long an engine may take is for its adapter
 * to say.
 */
async function connectAtOnce(
  candidate: RuntimeCandidate,
  options: SelectOptions,
): Promise<ContainerRuntime | undefined> {
  try {
    return await connectRuntime(candidate, options);
  } catch {
    throwIfAborted(options.signal);
    return undefined;
  }
}

/** Connects to one candidate. @throws what its module or its factory throws */
export async function connectRuntime(
  candidate: RuntimeCandidate,
  asking: Asking,
): Promise<ContainerRuntime> {
  const { runtimeOptions, signal, load = loadRuntimeFactory } = asking;
  const factory = await load(candidate);
  checkTakesEngine(factory, runtimeOptions);
  const created = factory.create({ ...runtimeOptions, signal, firstList: NODE_LABELS });
  return tellingOfWait(created, candidate.name, asking);
}

/** After this many milliseconds people want to know what is waited for. */
const QUIET_MS = 2000;

/** A runtime that knows no engine but its own must not be used in the place of the one that is named. */
function checkTakesEngine({ name, takesEngine }: RuntimeFactory, { engine }: RuntimeOptions): void {
  if (engine === undefined || takesEngine === true) return;
  const flag = engine.host === undefined ? "--context" : "--host";
  throw new K3dError(
    "INVALID_INPUT",
    `The runtime ${name} has no engines that ${flag} could choose`,
    {
      hint: `Leave ${flag} out, or choose another runtime with --runtime.`,
    },
  );
}

/** `answer`, and a word of what is waited for when it does not come soon. */
async function tellingOfWait<T>(
  answer: Promise<T>,
  name: string,
  { events, besides = false }: Asking,
): Promise<T> {
  const message = besides
    ? `Looking at what is on the runtime ${name}: waiting for it to answer`
    : `Waiting for the runtime ${name} to answer`;
  const timer = setTimeout(() => events?.emit({ type: "log", level: "info", message }), QUIET_MS);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws K3dError `RUNTIME_UNAVAILABLE` when something names the engine that was found unavailable. */
export function refuseReplacement({ name, named, available, reason, hint }: CandidateReport): void {
  if (available || named === undefined) return;
  const advice = `${named} names it, so no other runtime is used: correct or unset it, or choose a runtime with --runtime`;
  throw new K3dError("RUNTIME_UNAVAILABLE", `The runtime ${name} is not available: ${reason}`, {
    hint: hint === undefined ? advice : `${hint.replace(/[.\s]*$/, "")}. ${advice}`,
    details: { runtime: name, named },
  });
}

function namedRuntime({
  flag,
  environment,
  config,
  found,
}: RuntimeChoice): { name: string; source: string } | undefined {
  if (flag) return { name: flag, source: "--runtime" };
  if (config) return { name: config, source: "the config file" };
  if (environment) return { name: environment, source: "K3D_RUNTIME" };
  if (found) return { name: found, source: "what the command works on" };
  return undefined;
}

function unknownRuntime(
  named: { name: string; source: string },
  candidates: readonly RuntimeCandidate[],
): K3dError {
  const names = candidates.map(({ name }) => name);
  const suggestion = nearest(named.name, names);
  const meant = suggestion === undefined ? "" : `Did you mean ${suggestion}? `;
  return new K3dError(
    "INVALID_INPUT",
    `Unknown runtime "${named.name}", named by ${named.source}`,
    {
      hint: `${meant}Installed runtimes: ${names.join(", ") || "none"}`,
    },
  );
}

function nothingAvailable(reports: readonly CandidateReport[]): K3dError {
  const lines = reports.flatMap(({ name, reason, hint }) => [
    `  - ${name}: ${reason}`,
    ...(hint === undefined ? [] : [`    → ${hint}`]),
  ]);
  const message = ["No container runtime is available", ...lines].join("\n");
  return new K3dError("RUNTIME_UNAVAILABLE", message, {
    hint: "Start one of them, or name the one to use with --runtime",
    details: { runtimes: reports },
  });
}

function debug(events: EventSink, message: string): void {
  events.emit({ type: "log", level: "debug", message });
}
