import { SetupError } from "../../../engine/host/setup-error.ts";
import type { EngineUnderTest } from "../engine.ts";
import { dockerRootful, dockerRootless } from "./docker.ts";
import { oci } from "./oci.ts";
import { podmanRootful, podmanRootless } from "./podman.ts";

/** In the order of the matrix. */
export const ENGINES: readonly EngineUnderTest[] = [
  dockerRootful,
  dockerRootless,
  podmanRootful,
  podmanRootless,
  oci("crun"),
  oci("runc"),
];

/** @throws SetupError when there is none of that name. */
export function engineOf(id: string): EngineUnderTest {
  const engine = ENGINES.find((candidate) => candidate.id === id);
  if (engine !== undefined) return engine;
  const known = ENGINES.map((candidate) => candidate.id).join(", ");
  throw new SetupError(`there is no engine "${id}"`, `known are ${known}`);
}
