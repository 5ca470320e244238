import type { K3dEvent } from "@k3d/core";

/** A step as its events told it; times are milliseconds since the process began. */
export interface TimedStep {
  id: string;
  title: string;
  startedAt: number;
  /** Absent as long as it goes on. */
  endedAt?: number;
  outcome?: "finished" | "failed" | "cancelled";
  /** Whether it took something back. */
  undo: boolean;
  /** The steps that it waited for. */
  needs: TimedStep[];
  /** What it said it was at, without mere amounts. */
  phases: { message: string; at: number }[];
}

type StepEvent = Extract<K3dEvent, { id: string }>;

const OUTCOMES = {
  "step.finished": "finished",
  "step.failed": "failed",
  "step.cancelled": "cancelled",
} as const;

/** Collects the steps of a command from the stream of its events. */
export class Timeline {
  readonly steps: TimedStep[] = [];

  /** @param at milliseconds since the process began */
  record(event: K3dEvent, at: number): void {
    if (!("id" in event)) return;
    if (event.type === "step.started") {
      this.steps.push(this.#begun(event, at));
      return;
    }
    const step = this.#latest(event.id, (one) => one.endedAt === undefined);
    if (step === undefined) return;
    if (event.type === "step.progress") {
      const { message, total } = event;
      if (total === undefined && step.phases.at(-1)?.message !== message)
        step.phases.push({ message, at });
      return;
    }
    step.endedAt = at;
    step.outcome = OUTCOMES[event.type];
  }

  #begun(
    { id, title, undo = false, needs = [] }: Extract<StepEvent, { type: "step.started" }>,
    startedAt: number,
  ): TimedStep {
    const waited = needs.flatMap((need) => this.#latest(need, (step) => !step.undo) ?? []);
    return { id, title, startedAt, undo, needs: waited, phases: [] };
  }

  /** Ids are unique within one operation, and a command may have several. */
  #latest(id: string, suits: (step: TimedStep) => boolean): TimedStep | undefined {
    return this.steps.findLast((step) => step.id === id && suits(step));
  }
}
