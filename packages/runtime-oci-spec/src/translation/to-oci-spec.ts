import { K3dError, type ContainerSpec, type ImageInfo } from "@k3d/core/runtime";
import { ociLinux } from "./linux.ts";
import { ociMounts } from "./mounts.ts";
import type { OciConfig } from "./oci-config.ts";
import type { OciHost } from "./oci-host.ts";
import { ociProcess } from "./process.ts";

/** The version of the runtime-spec that the configuration follows. */
const OCI_VERSION = "1.0.2";

/**
 * A container as the `config.json` of an OCI bundle. Pure and deterministic:
 * everything that depends on the machine comes in through `host`.
 *
 * Networks, published ports and the restart policy are no part of a bundle;
 * the runtime that starts it sees to them. Labels become annotations.
 *
 * @param image the configuration of the image the container is made from.
 * @throws `INVALID_INPUT` when there is no command or the user cannot be told,
 *   `NOT_FOUND` for a volume that `host` does not know, `UNSUPPORTED` for GPUs,
 *   `RUNTIME_ERROR` when an init process is asked for and `host` has none.
 */
export function toOciSpec(
  spec: ContainerSpec,
  image: ImageInfo["config"],
  host: OciHost,
): OciConfig {
  if (spec.gpus !== undefined) {
    throw new K3dError(
      "UNSUPPORTED",
      `Container '${spec.name}' asks for GPUs, which an OCI bundle alone cannot give`,
      {
        hint: "Use Docker or Podman for clusters with GPUs",
      },
    );
  }
  const shareHostname = spec.linux.hostNamespaces?.includes("uts") ?? false;
  return {
    ociVersion: OCI_VERSION,
    process: ociProcess(spec, image, host),
    root: { path: host.rootfs, readonly: false },
    ...(shareHostname ? {} : { hostname: spec.hostname ?? spec.name }),
    mounts: ociMounts(spec, host),
    annotations: sorted({ ...spec.labels, ...spec.annotations }),
    linux: ociLinux(spec, host),
  };
}

function sorted(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );
}
