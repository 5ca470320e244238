import { K3dError } from "../errors/index.js";

/** For a container whose start the engine answered for, and that was never started. */
export function neverRan(name: string): K3dError {
  return new K3dError(
    "RUNTIME_ERROR",
    `${name} does not run, although the engine reported no failure`,
    { hint: "Try it again; if that does not help, look at the engine's own log." },
  );
}
