import type { PlanFacts } from "./facts.js";

/** An ordinary Linux engine with every capability, and fixed chance. */
export function factsFixture(overrides: Partial<PlanFacts> = {}): PlanFacts {
  return {
    runtime: "memory",
    capabilities: {
      staticIp: true,
      dynamicRange: true,
      dns: true,
      pause: true,
      memoryLimit: true,
      rlimits: true,
      gpus: true,
      restartPolicy: true,
      restartAfterBoot: true,
      imagePull: true,
      imageArchive: true,
      volumes: true,
      hostNetwork: true,
      multipleNetworks: true,
      portPublishing: true,
      privileged: true,
      rename: true,
      stats: true,
      localBindMounts: true,
    },
    info: {
      runtime: "memory",
      engine: "Memory Engine 1.0",
      version: "1.0",
      os: "linux",
      architecture: "amd64",
      rootless: false,
      cgroupVersion: 2,
      securityOptions: [],
      endpoint: "memory:",
      embeddedDns: "127.0.0.11",
      virtualMachine: false,
    },
    version: "6.0.0",
    token: "token-of-twenty-chars",
    clusterId: "00000000-0000-4000-8000-000000000000",
    existingVolumes: new Set(),
    missingPaths: new Set(),
    images: {
      loadBalancer: "docker.io/library/nginx:test",
      registry: "docker.io/library/registry:test",
    },
    registries: [],
    fixes: { cgroupV2: true, dns: true, mounts: false },
    ...overrides,
  };
}
