import { randomUUID } from "node:crypto";
import type { ContainerFile } from "../runtime/container-file.js";
import type { ProcessIdentity } from "../model/process-identity.js";

/** In the first server: how far the creation of its cluster came. */
export const CREATION_PATH = "/etc/k3d/creation";

export type CreationState = "begun" | "finished";

/** The value of the label `k3d.cluster.id`: random, and where it can be told the process that makes the cluster. */
export function newClusterId(process: ProcessIdentity | undefined): string {
  return process === undefined ? randomUUID() : `${randomUUID()}@${process.id}`;
}

/** Id of the process that made the objects with this cluster id, or the label of this operation. */
export function creatorOf(id: string | undefined): string | undefined {
  return id?.split("@")[1];
}

/** Placed in the first server before its first start. */
export function creationFile(state: CreationState): ContainerFile {
  return {
    path: CREATION_PATH,
    content: `${state}\n`,
    mode: 0o644,
    description: "state of the cluster's creation",
  };
}
