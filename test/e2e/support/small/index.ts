import { smallDocker } from "./docker.js";
import type { SmallEngine } from "./engine.js";
import { smallOci } from "./oci.js";
import { smallPodman } from "./podman.js";

export type { SmallEngine } from "./engine.js";

/** By the names of runtimes. They need root, and a loop device. */
export const SMALL_ENGINES: Readonly<Record<string, (size: number) => Promise<SmallEngine>>> = {
  docker: smallDocker,
  podman: smallPodman,
  oci: smallOci,
};
