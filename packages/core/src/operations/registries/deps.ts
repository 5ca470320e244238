import type { ClusterDeps } from "../clusters/deps.js";

/** What registry operations work with: connecting one may restart nodes of a cluster. */
export type RegistryDeps = ClusterDeps;
