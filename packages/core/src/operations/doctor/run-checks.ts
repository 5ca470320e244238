import { abortable, isK3dError, K3dError, throwIfAborted, toK3dError } from "../../errors/index.js";
import { type Check, DEFAULT_LIMIT_MS } from "./check.js";
import type { DoctorFacts } from "./facts.js";
import { type Finding, unknown, type Verdict } from "./finding.js";

export interface RunChecksOptions {
  signal?: AbortSignal | undefined;
  /** Called after each check with how many of how many are done. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Runs all checks at once, each within its time limit. One that fails or does not end becomes a
 * finding of its own and hides none of the others.
 *
 * @returns findings in the order of `checks`.
 * @throws `ABORTED` when `signal` aborts.
 */
export async function runChecks(
  checks: readonly Check[],
  facts: DoctorFacts,
  { signal, onProgress }: RunChecksOptions = {},
): Promise<Finding[]> {
  let done = 0;
  const findings = await Promise.all(
    checks.map(async (check) => {
      const verdicts = await runCheck(check, facts, signal);
      onProgress?.(++done, checks.length);
      return verdicts.map((verdict): Finding => ({
        check: check.id,
        group: check.group,
        ...verdict,
      }));
    }),
  );
  throwIfAborted(signal);
  return findings.flat();
}

async function runCheck(
  check: Check,
  facts: DoctorFacts,
  outer: AbortSignal | undefined,
): Promise<Verdict[]> {
  const limit = new AbortController();
  const limitMs = check.limitMs ?? DEFAULT_LIMIT_MS;
  const late = new K3dError("TIMEOUT", `No answer within ${limitMs / 1000} s`);
  const timer = setTimeout(() => limit.abort(late), limitMs);
  const signal = outer === undefined ? limit.signal : AbortSignal.any([outer, limit.signal]);
  try {
    const running = Promise.resolve().then(() => check.run(facts, { signal }));
    return await abortable(running, signal);
  } catch (error) {
    return [failed(error)];
  } finally {
    clearTimeout(timer);
  }
}

/** What makes a check fail makes a finding: it could not be looked at. */
function failed(error: unknown): Verdict {
  const { message, hint } = toK3dError(error);
  const [first = message] = message.split("\n");
  // The check of the engine tells why at length.
  if (isK3dError(error, "RUNTIME_UNAVAILABLE")) return unknown("No engine answers");
  return unknown(`Could not be looked at: ${first}`, hint);
}
