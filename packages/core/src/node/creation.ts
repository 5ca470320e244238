import { randomUUID } from "node:crypto";
import type { ContainerFile } from "../runtime/container-file.js";
import type { ProcessIdentity } from "../model/process-identity.js";

/** In the first server: how far the creation of its cluster came. */
export const CREATION_PATH = "/etc/k3d/creation";

const STATES = ["begun", "kept", "finished"] as const;

/**
 * `begun`: unless the command that makes it still runs, remains that may go. `kept`: it broke off,
 * and somebody uses what there is. `finished`: all was made.
 */
export type CreationState = (typeof STATES)[number];

/** What the first server knows of its cluster's creation. */
export interface Creation {
  state: CreationState;
  /** Names of the containers that it was to make; none where it is finished. */
  nodes: readonly string[];
}

/** The value of the label `k3d.cluster.id`: random, and where it can be told the process that makes the cluster. */
export function newClusterId(process: ProcessIdentity | undefined): string {
  return process === undefined ? randomUUID() : `${randomUUID()}@${process.id}`;
}

/** Id of the process that made the objects with this cluster id, or the label of this operation. */
export function creatorOf(id: string | undefined): string | undefined {
  return id?.split("@")[1];
}

/**
 * Placed in the first server before its first start.
 *
 * @param nodes names of the containers that are to be made
 */
export function creationFile(state: CreationState, nodes: readonly string[] = []): ContainerFile {
  return {
    path: CREATION_PATH,
    content: [state, ...nodes, ""].join("\n"),
    mode: 0o644,
    description: "state of the cluster's creation",
  };
}

/** The file's content; `undefined` for what is none. */
export function parseCreation(text: string): Creation | undefined {
  const [first, ...nodes] = text.trim().split(/\s+/);
  const state = STATES.find((known) => known === first);
  return state === undefined ? undefined : { state, nodes };
}

/**
 * The containers that a creation was to make and that are not there, or never ran.
 *
 * @param present all of the cluster's containers
 */
export function neverMade(
  { nodes }: Pick<Creation, "nodes">,
  present: readonly { name: string; status: string }[],
): string[] {
  return nodes.filter(
    (name) => !present.some((node) => node.name === name && node.status !== "created"),
  );
}
