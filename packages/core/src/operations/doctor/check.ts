import type { CallOptions } from "../../runtime/common.js";
import type { DoctorFacts } from "./facts.js";
import type { DoctorGroup, Verdict } from "./finding.js";

/** One thing that is looked at. */
export interface Check {
  /** Stable, for scripts; also what people read in front of a finding. */
  id: string;
  group: DoctorGroup;
  /** Milliseconds that it may take. Default {@link DEFAULT_LIMIT_MS}. */
  limitMs?: number;
  run(facts: DoctorFacts, options: Required<CallOptions>): Promise<Verdict[]> | Verdict[];
}

export const DEFAULT_LIMIT_MS = 15_000;
/** For what waits for a container of the engine. */
export const CONTAINER_LIMIT_MS = 60_000;
