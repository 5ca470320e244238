import { isK3dError, maskArgs, maskText } from "../errors/index.js";
import { monotonicMs } from "../model/clock.js";
import type { EventSink } from "../events/index.js";
import { interceptRuntime, type RuntimeCall } from "./intercept.js";
import type { ContainerRuntime } from "./runtime.js";

/** Longest description of what a call is about, in characters. */
const LONGEST = 200;

/**
 * `runtime`, with a log event of level `trace` for every call: what was asked, of which object, and
 * how long the answer took. Secrets are masked, and contents are left out. Of a log that is followed
 * it is told when it begins.
 */
export function traceRuntime(
  runtime: ContainerRuntime,
  events: EventSink,
  now: () => number = monotonicMs,
): ContainerRuntime {
  return interceptRuntime(runtime, (call) => {
    const what = [runtime.name, call.name, subject(call)].filter(Boolean).join(" ");
    const tell = (text: string): void =>
      events.emit({ type: "log", level: "trace", message: `${what}: ${text}` });
    const began = now();
    const took = (): string => `${Math.round(now() - began)} ms`;
    const answer = call.proceed();
    if (!(answer instanceof Promise)) {
      tell("begins");
      return answer;
    }
    return answer.then(
      (value: unknown) => {
        tell(took());
        return value;
      },
      (error: unknown) => {
        tell(`${isK3dError(error) ? error.code : "failed"} after ${took()}`);
        throw error;
      },
    );
  });
}

/** The names among a call's arguments, and the command that is run. */
function subject({ name, args, options }: RuntimeCall): string {
  const named = args.flatMap((arg) => {
    if (typeof arg === "string") return arg;
    if (Array.isArray(arg)) return arg.filter((item) => typeof item === "string");
    const { name: own, host, port } = (arg ?? {}) as Record<string, unknown>;
    if (name === "dial") return `${String(host)}:${String(port)}`;
    return typeof own === "string" ? own : [];
  });
  const { args: command } = options as { args?: unknown };
  const words = name === "containers.exec" && Array.isArray(command) ? command.map(String) : [];
  const text = [...named.map((word) => maskText(word)), ...maskArgs(words)].join(" ");
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
