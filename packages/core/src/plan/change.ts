import type { Role } from "../model/roles.js";

/** What a change is about. */
export type ObjectKind = "image" | "network" | "volume" | "directory" | "forward" | "api" | Role;

export type ChangeAction =
  /** Pulled unless it is there. */
  | "get"
  | "create"
  /** Ours, left over from before. */
  | "adopt"
  /** There already, and left alone. */
  | "use"
  | "connect"
  | "disconnect"
  | "publish"
  /** Changed in place; nothing is interrupted. */
  | "update"
  /** A new container takes the old one's place. */
  | "replace"
  | "rename"
  | "start"
  | "unpause"
  | "remove";

/** One difference between a cluster as it shall be and as it is. */
export interface Change {
  action: ChangeAction;
  kind: ObjectKind;
  name: string;
  /** Why, for people; absent where a new cluster is reason enough. */
  causes: string[];
  /** What it is like once it is done, for people. */
  details?: string;
  /** What it interrupts, for people. Absent: nothing. */
  disturbs?: string;
}

/** Actions that alter nothing: they only say what is counted on. */
const IDLE: ReadonlySet<ChangeAction> = new Set(["use", "get", "publish"]);

/** Whether carrying these out would alter anything. */
export function altersAnything(changes: readonly Change[]): boolean {
  return changes.some(({ action }) => !IDLE.has(action));
}
