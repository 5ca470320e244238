/**
 * - `ok`: as clusters need it
 * - `warning`: clusters work, but something will go wrong sooner or later, or works less well
 * - `problem`: creating or running a cluster fails
 * - `unknown`: it could not be looked at
 */
export type FindingStatus = "ok" | "warning" | "problem" | "unknown";

/** What findings are told under, in this order. */
export const DOCTOR_GROUPS = ["engine", "machine", "network", "k3d"] as const;
export type DoctorGroup = (typeof DOCTOR_GROUPS)[number];

/** What a check says of one thing. */
export interface Verdict {
  status: FindingStatus;
  /** What was found, for people, in one sentence. */
  message: string;
  /** What to do about it; absent where nothing needs to be done. */
  fix?: string | undefined;
}

/** A verdict with the check that it came from. */
export interface Finding extends Verdict {
  /** The check's id; stable, for scripts. */
  check: string;
  group: DoctorGroup;
}

export const ok = (message: string): Verdict => ({ status: "ok", message });
export const warning = (message: string, fix: string): Verdict => ({
  status: "warning",
  message,
  fix,
});
export const problem = (message: string, fix: string): Verdict => ({
  status: "problem",
  message,
  fix,
});
/** @param message why it could not be looked at. */
export const unknown = (message: string, fix?: string): Verdict => ({
  status: "unknown",
  message,
  fix,
});
