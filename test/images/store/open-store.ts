import { findCommand } from "../../engine/host/command.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import { AdapterStore } from "./adapter-store.ts";
import { EngineStore } from "./engine-store.ts";
import type { ImageStore } from "./image-store.ts";

/**
 * Opens the image store of a runtime.
 *
 * @param runtime `docker`, `podman` or `oci`
 */
export function openStore(runtime: string): ImageStore {
  if (runtime === "oci") return new AdapterStore("runtime-oci-spec");
  if (runtime !== "docker" && runtime !== "podman") {
    throw new SetupError(`there is no runtime ${runtime}`, "known are docker, podman and oci");
  }
  if (findCommand(runtime) === undefined) {
    throw new SetupError(
      `${runtime} is not installed`,
      `node test/engine/ensure-${runtime}.ts installs it`,
    );
  }
  return new EngineStore(runtime);
}
