import { Readable } from "node:stream";
import { abortable, K3dError, throwIfAborted } from "../errors/index.js";
import { destroyInputs, inputsOf } from "../runtime/call-inputs.js";
import { interceptRuntime, type RuntimeCall, type RuntimeCallName } from "../runtime/intercept.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { CarriedOn } from "./carried-on.js";
import { cut } from "./cut.js";
import { LIES } from "./lies.js";

/**
 * How a call goes wrong:
 *
 * - `fail`: nothing is done, it rejects.
 * - `lose-answer`: everything is done, it rejects.
 * - `cut`: done; what it streams ends in an error after its first piece, a call
 *   that streams nothing is as with `lose-answer`.
 * - `hang`: nothing is done, no answer until the call's signal aborts.
 * - `hang-after`: everything is done, no answer until the call's signal aborts.
 * - `lie`: nothing is done, the answer says that it was, or that nothing is there.
 * - `interrupt`: `onStrike` runs, then the call goes its way: for a signal that
 *   aborts in that moment.
 * - `carry-on`: as `interrupt`, but what was asked is done all the same, a few calls later: as by an
 *   engine that does not look whether its client still waits.
 */
export type FaultKind =
  | "fail"
  | "lose-answer"
  | "cut"
  | "hang"
  | "hang-after"
  | "lie"
  | "interrupt"
  | "carry-on";

export const FAULT_KINDS: readonly FaultKind[] = [
  "fail",
  "lose-answer",
  "cut",
  "hang",
  "hang-after",
  "lie",
  "interrupt",
  "carry-on",
];

export interface Fault {
  kind: FaultKind;
  /** Only calls of this method count. Default: all. */
  call?: RuntimeCallName;
  /** Only calls about this object (the first argument's name or id) count. Default: all. */
  subject?: string;
  /** Which of those calls, from 1. Default 1. */
  nth?: number;
  /** How many calls from the `nth` on. Default 1. */
  times?: number;
  /** What it rejects with. Default: `RUNTIME_UNAVAILABLE`. */
  error?: Error;
  /** Answer of a `lie`. Default: see {@link LIES}. */
  answer?: (call: RuntimeCall) => unknown;
  /** Called when the fault strikes, before anything else. */
  onStrike?: (call: RuntimeCall) => void;
}

/** One call that was made of a faulty runtime. */
export interface RecordedCall {
  name: RuntimeCallName;
  /** Name or id that the call was about; empty where it was about none. */
  subject: string;
  /** Whether it could be stopped: it had a signal. */
  hasSignal: boolean;
  /** The fault that struck it. */
  fault?: FaultKind;
}

export interface FaultyRuntime extends ContainerRuntime {
  /** Every call so far, oldest first. */
  readonly calls: readonly RecordedCall[];
  /** Whether any fault struck: `false` says that the test tried nothing. */
  struck(): boolean;
  /** Resolves when nothing is left that the engine carries on with. */
  settled(): Promise<void>;
}

/**
 * `runtime` (any: in-memory or a real one) whose chosen calls go wrong.
 *
 * @example
 * const faulty = faultyRuntime(new MemoryRuntime(), { call: "containers.create", nth: 2, kind: "lose-answer" });
 */
export function faultyRuntime(runtime: ContainerRuntime, ...faults: Fault[]): FaultyRuntime {
  const calls: RecordedCall[] = [];
  const seen = faults.map(() => 0);
  const carriedOn = new CarriedOn();
  const strikes = (call: RuntimeCall, subject: string): Fault | undefined => {
    let struck: Fault | undefined;
    for (const [index, fault] of faults.entries()) {
      if (fault.call !== undefined && fault.call !== call.name) continue;
      if (fault.subject !== undefined && fault.subject !== subject) continue;
      const count = (seen[index] ?? 0) + 1;
      seen[index] = count;
      const first = fault.nth ?? 1;
      if (count >= first && count < first + (fault.times ?? 1)) struck ??= fault;
    }
    return struck;
  };
  const faulty = interceptRuntime(runtime, (call) => {
    const subject = subjectOf(call);
    const fault = strikes(call, subject);
    calls.push({
      name: call.name,
      subject,
      hasSignal: call.options.signal !== undefined,
      ...(fault ? { fault: fault.kind } : {}),
    });
    if (!fault) return carriedOn.before(call);
    fault.onStrike?.(call);
    if (fault.kind === "carry-on") return carriedOn.strike(call);
    return call.name === "containers.logs" ? strikeLogs(call, fault) : strike(call, fault);
  });
  const struck = (): boolean => calls.some((call) => call.fault !== undefined);
  return Object.assign(faulty, { calls, struck, settled: () => carriedOn.settled() });
}

function subjectOf({ args: [first] }: RuntimeCall): string {
  if (typeof first === "string") return first;
  if (Array.isArray(first)) return first.join(" ");
  if (first === null || typeof first !== "object") return "";
  return "name" in first && typeof first.name === "string" ? first.name : "";
}

async function strike(call: RuntimeCall, fault: Fault): Promise<unknown> {
  throwIfAborted(fault.kind === "interrupt" ? undefined : call.options.signal);
  switch (fault.kind) {
    case "fail":
      destroyInputs(call);
      throw lost(call, fault);
    case "hang":
      return never(call);
    case "lie":
      return lie(call, fault);
    case "interrupt":
    case "carry-on":
      return call.proceed();
    case "cut":
      return cut(await call.proceed(), lost(call, fault));
    case "lose-answer":
      abandon(await call.proceed());
      throw lost(call, fault);
    case "hang-after":
      abandon(await call.proceed());
      return never(call);
  }
}

async function* strikeLogs(call: RuntimeCall, fault: Fault): AsyncGenerator {
  const entries = call.proceed as () => AsyncIterable<unknown>;
  switch (fault.kind) {
    case "interrupt":
    case "carry-on":
      yield* entries();
      return;
    case "lie":
      yield* (await lie(call, fault)) as AsyncIterable<unknown>;
      return;
    case "cut":
      for await (const entry of entries()) {
        yield entry;
        break;
      }
      throw lost(call, fault);
    case "hang":
    case "hang-after":
      await never(call).catch((error: unknown) => {
        if (!isFollowing(call)) throw error;
      });
      return;
    default:
      throw lost(call, fault);
  }
}

function isFollowing(call: RuntimeCall): boolean {
  return (call.options as { follow?: boolean }).follow === true;
}

function lost(call: RuntimeCall, fault: Fault): Error {
  return (
    fault.error ??
    new K3dError("RUNTIME_UNAVAILABLE", `The connection broke in ${call.name} ${subjectOf(call)}`, {
      hint: "This test asked for it.",
    })
  );
}

/** No answer until the signal aborts. A call without one is a mistake of the caller, which is told rather than waited for. */
async function never(call: RuntimeCall): Promise<never> {
  const { signal } = call.options;
  if (!signal) {
    destroyInputs(call);
    throw new Error(`${call.name} ${subjectOf(call)} has no signal and would hang for ever`);
  }
  try {
    return await abortable(new Promise<never>(() => undefined), signal);
  } finally {
    destroyInputs(call);
  }
}

async function lie(call: RuntimeCall, fault: Fault): Promise<unknown> {
  for (const stream of inputsOf(call)) for await (const _ of stream) void _;
  return (fault.answer ?? LIES[call.name])(call);
}

/** Lets go of an answer that nobody will read. */
function abandon(answer: unknown): void {
  if (answer instanceof Readable) answer.destroy();
  if (typeof answer !== "object" || answer === null || !("exitCode" in answer)) return;
  const { stdout, stderr, exitCode } = answer as Record<string, unknown>;
  for (const stream of [stdout, stderr]) if (stream instanceof Readable) stream.resume();
  Promise.resolve(exitCode).catch(() => undefined);
}
