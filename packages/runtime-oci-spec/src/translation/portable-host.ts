import type { ContainerSpec } from "@k3d/core/runtime";
import { LINUX_CAPABILITIES } from "./capabilities.ts";
import type { OciHost } from "./oci-host.ts";

/**
 * Host facts for a bundle that is written down and not run here: everything
 * lies beside its `config.json` (`rootfs`, `volumes/NAME`, `init`), and the
 * machine is taken to give every capability.
 *
 * @param cgroupVersion of the machine that will run it. Default 2.
 */
export function portableHost(spec: ContainerSpec, cgroupVersion: 1 | 2 = 2): OciHost {
  const volumes = spec.mounts.filter(({ type }) => type === "volume");
  const named = volumes.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const anonymous = volumes.filter(({ source }) => source === undefined);
  return {
    rootfs: "rootfs",
    cgroupVersion,
    cgroupsPath: `/k3d-${spec.name}`,
    capabilities: [...LINUX_CAPABILITIES],
    devices: [],
    init: "init",
    volumes: Object.fromEntries(named.map((name) => [name, `volumes/${name}`])),
    anonymousVolumes: Object.fromEntries(
      anonymous.map(({ destination }) => [
        destination,
        `volumes/anonymous${destination.replaceAll("/", "-")}`,
      ]),
    ),
    files: {},
  };
}
