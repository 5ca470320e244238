import { K3dError, isK3dError } from "../../errors/index.js";
import type { Clock } from "../../model/clock.js";
import { lastLines, tellingLines } from "../../readiness/node-watch.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/** The registry's own words when its port is open. */
const LISTENING = /listening on/;
/** Between two looks at whether it still runs, in milliseconds. */
const LOOK_EVERY = 300;
/** A registry that ends this often will not come up. */
const RESTARTS = 2;
const DEFAULT_TIMEOUT_MS = 60_000;
/** Enough to hold what a panic says before its stack. */
const LOG_LINES = 40;

export interface RegistryReadyOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds; 0 or absent: one minute. */
  timeoutMs?: number;
  /** When its run before this one ended: what it told then counts no more. */
  endedBefore?: Date;
}

/**
 * Resolves once a started registry serves, by its log.
 *
 * @throws `CONTAINER_FAILED` with its last words when it ends, `TIMEOUT`.
 */
export async function waitForRegistry(
  name: string,
  { runtime, clock, signal, timeoutMs, endedBefore }: RegistryReadyOptions,
): Promise<void> {
  const ms = timeoutMs || DEFAULT_TIMEOUT_MS;
  const timer = AbortSignal.timeout(ms);
  const done = new AbortController();
  const inner = AbortSignal.any([signal, timer, done.signal]);
  try {
    await Promise.race([
      listening(name, endedBefore, runtime, inner),
      ended(name, runtime, clock, inner),
    ]);
  } catch (error) {
    if (!timer.aborted || signal.aborted || !isK3dError(error, "ABORTED")) throw error;
    throw new K3dError("TIMEOUT", `Registry '${name}' did not serve within ${ms / 1000} s`, {
      hint: "Look at its log, or give it more time with --timeout.",
      details: { log: tellingLines(await lastLines(runtime, name, LOG_LINES)) },
    });
  } finally {
    done.abort();
  }
}

/**
 * Follows the log of this run, then of those after it. Runs are told apart by
 * when the one before ended: an engine may note a start after its first lines.
 */
async function listening(
  name: string,
  endedBefore: Date | undefined,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<void> {
  let since = endedBefore;
  while (!signal.aborted) {
    for await (const { line } of runtime.containers.logs(name, {
      follow: true,
      signal,
      since,
    })) {
      if (LISTENING.test(line)) return;
    }
    await runtime.containers.wait(name, { signal });
    since = (await runtime.containers.inspect(name, { signal })).finishedAt ?? since;
  }
  throw new K3dError("ABORTED", `Waiting for registry '${name}' was interrupted`);
}

async function ended(
  name: string,
  runtime: ContainerRuntime,
  clock: Clock,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    const info = await runtime.containers.inspect(name, { signal });
    if (info.status === "stopped" || info.status === "removing" || info.restartCount > RESTARTS) {
      const log = await lastLines(runtime, name, LOG_LINES);
      const words = log.findLast((line) => /level=fatal|^panic:/.test(line)) ?? log.at(-1);
      throw new K3dError(
        "CONTAINER_FAILED",
        `Registry '${name}' does not run${words === undefined ? "" : `: ${words.trim()}`}`,
        {
          hint: "Check the upstream's URL and credentials, the image and the mounted volumes.",
          details: { exitCode: info.exitCode, restarts: info.restartCount, log: tellingLines(log) },
        },
      );
    }
    await clock.sleep(LOOK_EVERY, signal);
  }
}
