import { Readable } from "node:stream";
import { abortable, abortError, isK3dError, K3dError } from "../errors/index.js";
import { monotonicMs } from "../model/clock.js";
import type { ExecProcess } from "./containers.js";
import { interceptRuntime, type RuntimeCall, type RuntimeCallName } from "./intercept.js";
import { quietly } from "./quietly.js";
import type { ContainerRuntime } from "./runtime.js";

/** Milliseconds that an engine may be silent unless told otherwise. */
export const DEFAULT_SILENCE_MS = 60_000;

export interface GuardOptions {
  /** Milliseconds without a sign of life after which the engine is given up on. Default {@link DEFAULT_SILENCE_MS}. */
  silenceMs?: number;
  /** Ends every call, besides the call's own signal. */
  signal?: AbortSignal;
}

/** Calls that only look: an engine that is alive answers them within the limit, whatever else it does. */
const LOOKS: ReadonlySet<RuntimeCallName> = new Set([
  "info",
  "containers.inspect",
  "containers.list",
  "containers.stats",
  "images.inspect",
  "images.list",
  "networks.inspect",
  "networks.list",
  "volumes.inspect",
  "volumes.list",
]);

/**
 * Calls whose answer comes as soon as those, and whose streams may then take long. A container that the
 * engine never gives free keeps these for itself waiting, while all else is answered.
 */
const LOOKS_INTO: ReadonlySet<RuntimeCallName> = new Set(["containers.getArchive"]);

/**
 * `runtime`, given up on when the engine falls silent: accepts what is asked
 * and never answers.
 *
 * A call that only looks fails when there is no answer within the limit. One
 * that may rightly take long (start, pull, exec, wait, a log that is followed
 * …) goes on for as long as the engine shows signs of life: each time the limit
 * has passed the engine is asked about itself, and has the limit to answer. On
 * a slow machine that may not be enough: what it answers to other calls in the
 * meantime counts as well.
 *
 * Calls fail with `RUNTIME_UNAVAILABLE`; what was asked for may still take
 * effect. Streams that were handed out break with the same error.
 */
export function guardRuntime(
  runtime: ContainerRuntime,
  { silenceMs = DEFAULT_SILENCE_MS, signal }: GuardOptions = {},
): ContainerRuntime {
  const { isAlive, answered } = signsOfLife(runtime, silenceMs);
  const guarded = interceptRuntime(runtime, (call) => {
    const watch = new SilenceWatch(
      LOOKS.has(call.name) ? undefined : isAlive,
      silenceMs,
      () => silence(runtime, call, silenceMs),
      [call.options.signal, signal],
      LOOKS_INTO.has(call.name),
    );
    return call.name === "containers.logs"
      ? guardLog(call, watch, runtime.name)
      : guardCall(call, watch, answered, runtime.name);
  });
  // It asks the engine as well, where it does not know yet.
  return Object.defineProperty(guarded, "capabilities", {
    get: () => {
      const asked = runtime.capabilities;
      if (!(asked instanceof Promise)) return asked;
      const call = { name: "info", args: [], options: {}, proceed: () => asked } as const;
      const error = (): K3dError => silence(runtime, call, silenceMs);
      const watch = new SilenceWatch(undefined, silenceMs, error, [signal]);
      return guardCall(call, watch, answered, runtime.name);
    },
  });
}

async function guardCall(
  call: RuntimeCall,
  watch: SilenceWatch,
  answered: () => void,
  runtime: string,
): Promise<unknown> {
  const answering = call.proceed({ signal: watch.signal }) as Promise<unknown>;
  let answer: unknown;
  try {
    answer = await abortable(answering, watch.signal);
    answered();
    watch.answered();
  } catch (error) {
    watch.end();
    void answering.then(discard, () => undefined);
    throw unexpected(error, call, runtime);
  }
  if (answer instanceof Readable) {
    quietly(answer);
    answer.once("close", () => watch.end());
  } else if (isProcess(answer)) {
    quietly(answer.stdout);
    quietly(answer.stderr);
    void answer.exitCode.then(
      () => watch.end(),
      () => watch.end(),
    );
  } else watch.end();
  return answer;
}

async function* guardLog(call: RuntimeCall, watch: SilenceWatch, runtime: string): AsyncGenerator {
  const entries = call.proceed({ signal: watch.signal }) as AsyncIterable<unknown>;
  const iterator = entries[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await abortable(iterator.next(), watch.signal);
      if (next.done) break;
      yield next.value;
    }
  } catch (error) {
    const { follow } = call.options as { follow?: boolean };
    if (!follow || !call.options.signal?.aborted) throw unexpected(error, call, runtime);
  } finally {
    watch.end();
    // A log that does not answer will not answer to this either.
    void iterator.return?.().catch(() => undefined);
  }
  // A log that is followed ends without an error when its signal aborts.
  if (watch.gaveUp) throw abortError(watch.signal);
}

/** Lets go of what an engine handed out after its caller had gone. */
function discard(answer: unknown): void {
  const streams = isProcess(answer) ? [answer.stdout, answer.stderr] : [answer];
  for (const stream of streams) if (stream instanceof Readable) quietly(stream).destroy();
  if (isProcess(answer)) void answer.exitCode.catch(() => undefined);
}

function isProcess(answer: unknown): answer is ExecProcess {
  // Inspections tell an exit code as well: a number.
  return (
    typeof answer === "object" && answer !== null && "exitCode" in answer && "stdout" in answer
  );
}

/** Aborts its signal when a call has waited too long without a sign of life, or when one of `signals` does. */
class SilenceWatch {
  readonly signal: AbortSignal;
  readonly #silent = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** No sign of life replaces the call's own answer. */
  #mustAnswer: boolean;
  #ended = false;

  constructor(
    isAlive: (() => Promise<boolean>) | undefined,
    silenceMs: number,
    error: () => K3dError,
    signals: (AbortSignal | undefined)[],
    mustAnswer = isAlive === undefined,
  ) {
    this.#mustAnswer = mustAnswer;
    this.signal = AbortSignal.any([
      this.#silent.signal,
      ...signals.filter((signal) => signal !== undefined),
    ]);
    this.#timer = setTimeout(() => void this.#look(isAlive, error), silenceMs);
    this.#timer.unref();
  }

  get gaveUp(): boolean {
    return this.#silent.signal.aborted;
  }

  /** What is left to come may take as long as the engine lives. */
  answered(): void {
    this.#mustAnswer = false;
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#ended = true;
  }

  async #look(isAlive: (() => Promise<boolean>) | undefined, error: () => K3dError): Promise<void> {
    const alive = !this.#mustAnswer && isAlive !== undefined && (await isAlive());
    if (this.#ended) return;
    if (alive) this.#timer.refresh();
    else this.#silent.abort(error());
  }
}

interface SignsOfLife {
  /** Asks the engine about itself; calls that want to know at about the same time share one question. */
  isAlive(): Promise<boolean>;
  /** To be told when the engine has answered. */
  answered(): void;
}

function signsOfLife(runtime: ContainerRuntime, silenceMs: number): SignsOfLife {
  let asked: Promise<boolean> | undefined;
  let answeredAt = -Infinity;
  const answered = (): void => {
    answeredAt = monotonicMs();
  };
  const ask = async (): Promise<boolean> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), silenceMs);
    timer.unref();
    const since = monotonicMs();
    try {
      await abortable(runtime.info({ signal: limit.signal }), limit.signal);
      answered();
      return true;
    } catch {
      return answeredAt > since;
    } finally {
      clearTimeout(timer);
      asked = undefined;
    }
  };
  return {
    isAlive: async () => monotonicMs() - answeredAt < silenceMs / 2 || (asked ??= ask()),
    answered,
  };
}

/**
 * What an adapter fails with on an answer that is not what its engine's interface says: something else
 * answers there, or alters the answers on their way.
 */
function unexpected(error: unknown, call: Pick<RuntimeCall, "name">, runtime: string): unknown {
  const isOurs = !(error instanceof TypeError || error instanceof SyntaxError);
  if (isOurs || isK3dError(error)) return error;
  return new K3dError(
    "RUNTIME_ERROR",
    `Runtime ${runtime} cannot make sense of the answer to "${call.name}": ${error.message}`,
    {
      hint: "Something other than its engine may answer there: see what k3d doctor says.",
      details: { call: call.name },
      cause: error,
    },
  );
}

function silence(
  runtime: ContainerRuntime,
  call: Pick<RuntimeCall, "name" | "args">,
  silenceMs: number,
): K3dError {
  const [subject] = call.args;
  const about = typeof subject === "string" ? ` ${subject}` : "";
  const seconds = Math.max(1, Math.round(silenceMs / 1000));
  return new K3dError(
    "RUNTIME_UNAVAILABLE",
    `The container engine (${runtime.name}) does not answer any more: no answer to "${call.name}${about}" for ${seconds} ${seconds === 1 ? "second" : "seconds"}`,
    {
      hint: "Check the engine's log and restart it; its last request may still take effect.",
      details: { call: call.name },
    },
  );
}
