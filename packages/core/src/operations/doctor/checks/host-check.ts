import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import type { DoctorEngine, DoctorFacts } from "../facts.js";
import { unknown, type Verdict } from "../finding.js";
import type { HostView } from "../host/host-view.js";
import { PULL } from "./privileged.js";

/** Judges what is known of the engine's host. */
export type Judge = (
  view: HostView,
  facts: DoctorFacts,
  engine: DoctorEngine,
) => Verdict[] | Promise<Verdict[]>;

/** A check that goes by the engine's host alone. */
export function hostCheck(id: string, group: Check["group"], judge: Judge): Check {
  return {
    id,
    group,
    limitMs: CONTAINER_LIMIT_MS,
    async run(facts) {
      const engine = await facts.engine();
      const { view, unseen } = await facts.host();
      if (view === undefined) {
        return [
          unknown(`The engine's host cannot be examined: ${unseen ?? "no container ran"}`, PULL),
        ];
      }
      return judge(view, facts, engine);
    },
  };
}

/** The number that a file holds. */
export function numberIn({ files }: HostView, path: string): number | undefined {
  const text = files.get(path)?.trim().split(/\s+/)[0] ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
