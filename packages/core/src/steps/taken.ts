import { K3dError } from "../errors/index.js";

/** Somebody else made an object of this cluster between the look and the creation. */
export function alreadyMade(cluster: string, cause?: unknown): K3dError {
  return new K3dError(
    "ALREADY_EXISTS",
    `Cluster '${cluster}' exists already, or another command is making it`,
    {
      hint: `See it with 'k3d cluster list', wait for the other command, or delete it with 'k3d cluster delete ${cluster}'.`,
      cause,
    },
  );
}
