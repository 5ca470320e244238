import { isK3dError } from "../../errors/index.js";
import { monotonicMs } from "../../model/clock.js";
import type { EventSink } from "../../events/index.js";
import { CHECKS } from "./checks/index.js";
import type { DoctorEngine, DoctorFacts, DoctorRequest } from "./facts.js";
import type { Finding, FindingStatus } from "./finding.js";
import type { HostSight } from "./host/host-view.js";
import { lookAtHost } from "./host/look.js";
import { runChecks } from "./run-checks.js";

export interface ExamineOptions {
  signal?: AbortSignal | undefined;
  events: EventSink;
}

export interface Examination {
  /** The worst of the findings; what could not be looked at counts as `ok`. */
  status: Exclude<FindingStatus, "unknown">;
  /** How many findings there are of each status. */
  summary: Record<FindingStatus, number>;
  findings: Finding[];
}

/**
 * Looks at everything that clusters depend on, and changes nothing: containers and networks that it
 * makes for a look are removed again, also when it is interrupted.
 *
 * @throws `ABORTED`.
 */
export async function examine(
  request: DoctorRequest,
  { signal, events }: ExamineOptions,
): Promise<Examination> {
  const step = { id: "doctor", title: "Look at engine, machine, network and k3d" };
  const since = monotonicMs();
  let host: Promise<HostSight> | undefined;
  const engine = once(() => engineOf(request, signal));
  const facts: DoctorFacts = {
    ...request,
    engine,
    runtimes: once(() => request.runtimes()),
    // Not by the signal of the check that asks first: others wait for it too.
    host: () =>
      (host ??= engine().then((found) =>
        lookAtHost(found, {
          image: request.config.image,
          machine: request.machine,
          signal,
          now: request.now,
        }),
      )),
  };
  events.emit({ type: "step.started", ...step });
  const findings = await runChecks(CHECKS, facts, {
    signal,
    onProgress: (done, total) =>
      events.emit({ type: "step.progress", ...step, message: `${done}/${total}` }),
  }).finally(() => host?.catch(() => undefined));
  events.emit({ type: "step.finished", ...step, elapsedMs: monotonicMs() - since });
  return { ...summed(findings), findings };
}

async function engineOf(
  { engine }: DoctorRequest,
  signal: AbortSignal | undefined,
): Promise<DoctorEngine> {
  if (isK3dError(engine)) throw engine;
  const { runtime } = engine;
  const [info, capabilities] = await Promise.all([runtime.info({ signal }), runtime.capabilities]);
  return { collaborators: engine, info, capabilities };
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}

function summed(findings: readonly Finding[]): Pick<Examination, "status" | "summary"> {
  const count = (wanted: FindingStatus): number =>
    findings.filter(({ status }) => status === wanted).length;
  const summary = {
    ok: count("ok"),
    warning: count("warning"),
    problem: count("problem"),
    unknown: count("unknown"),
  };
  const status = summary.problem > 0 ? "problem" : summary.warning > 0 ? "warning" : "ok";
  return { status, summary };
}
