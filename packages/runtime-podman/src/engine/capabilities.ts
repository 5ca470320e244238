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
    // Without root a program passes on; with it netavark writes rules for the kernel.
    ipv6Loopback: facts.rootless,
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
    // podman cp gives all that it reads to the container's user: libpod's copyToArchive.
    archiveOwners: false,
    volumes: true,
    mountModes: true,
    hostNetwork: true,
    multipleNetworks: true,
    portPublishing: true,
    privileged: true,
    rename: true,
    stats: !facts.rootless || facts.cgroupVersion === 2,
    localBindMounts: facts.sharesThisMachine,
    networkOverMachines: false,
    machineGroups: false,
  };
}
