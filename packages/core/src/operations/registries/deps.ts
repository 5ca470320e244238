import type { Collaborators } from "../../steps/world.js";

/** What registry operations work with: connecting one may restart nodes of a cluster. */
export type RegistryDeps = Collaborators;
