import type { RuntimeCapabilities } from "@k3d/core/runtime";
import type { HostFacts } from "../host/host-facts.js";

export interface CapabilityFacts extends HostFacts {
  /** Bind mounts see this machine. */
  sharesThisMachine: boolean;
  /** Something starts containers after a reboot of the host. */
  bootUnits: boolean;
}

/** What podman can do, given the machine and the user it runs as. */
export function podmanCapabilities(facts: CapabilityFacts): RuntimeCapabilities {
  const limits =
    !facts.rootless || (facts.cgroupVersion === 2 && facts.controllers.includes("memory"));
  return {
    staticIp: true,
    dynamicRange: true,
    ipv6: true,
    dns: facts.dnsServer,
    // Freezing a container needs a cgroup of one's own.
    pause: !facts.rootless || facts.cgroupVersion === 2,
    memoryLimit: limits,
    rlimits: facts.mayRaiseLimits,
    gpus: facts.gpus,
    restartPolicy: true,
    restartAfterBoot: facts.bootUnits,
    imagePull: true,
    imageArchive: true,
    volumes: true,
    hostNetwork: true,
    multipleNetworks: true,
    portPublishing: true,
    privileged: true,
    rename: true,
    stats: !facts.rootless || facts.cgroupVersion === 2,
    localBindMounts: facts.sharesThisMachine,
    networkOverMachines: false,
  };
}
