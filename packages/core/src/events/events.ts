/** What core tells about its work while it goes on. The CLI renders it; core prints nothing. */
export type K3dEvent =
  | StepStarted
  | StepProgress
  | StepFinished
  | StepFailed
  | StepCancelled
  | WarningEvent
  | LogEvent;

interface StepEvent {
  /** Unique within one operation, e.g. `container:k3d-demo-server-0:start`. */
  id: string;
  /** For people, e.g. `Start server k3d-demo-server-0`. */
  title: string;
}

export interface StepStarted extends StepEvent {
  type: "step.started";
  /** Ids of the steps that it waited for; absent where there are none. */
  needs?: readonly string[];
  /** Present while an operation is being undone. */
  undo?: boolean;
}

export interface StepProgress extends StepEvent {
  type: "step.progress";
  /** For people, e.g. `waiting for /readyz` or `12.1 of 60.0 MB`. */
  message: string;
  current?: number;
  total?: number;
}

export interface StepFinished extends StepEvent {
  type: "step.finished";
  /** Milliseconds since the step started. */
  elapsedMs: number;
  undo?: boolean;
}

export interface StepFailed extends StepEvent {
  type: "step.failed";
  elapsedMs: number;
  error: { code: string; message: string; hint?: string };
  undo?: boolean;
}

/** Cut off because another step failed, or because the operation was interrupted. */
export interface StepCancelled extends StepEvent {
  type: "step.cancelled";
  elapsedMs: number;
  undo?: boolean;
}

export interface WarningEvent {
  type: "warning";
  message: string;
  hint?: string;
}

export interface LogEvent {
  type: "log";
  level: "info" | "debug" | "trace";
  message: string;
}

/** Receives events. Must not throw. */
export interface EventSink {
  emit(event: K3dEvent): void;
}
