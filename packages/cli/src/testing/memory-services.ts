import "reflect-metadata";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ClusterService,
  fileKubeconfigStore,
  httpsKubeClients,
  randomPorts,
  systemClock,
} from "@k3d/core";
import type { MemoryRuntime } from "@k3d/core/testing";
import type { FakeServices } from "./run-command.js";

/** Core's own cluster operations on an engine in memory; the kubeconfig is below `home`. */
export function memoryServices(runtime: MemoryRuntime, home: string): FakeServices {
  const clusters = new ClusterService({
    runtime,
    events: { emit: () => {} },
    clock: systemClock,
    kube: httpsKubeClients,
    ports: randomPorts(runtime),
    kubeconfigStore: fileKubeconfigStore({}, home),
    settings: {
      version: "6.0.0",
      images: { loadBalancer: "k3d.test/lb:1", registry: "k3d.test/registry:1" },
      snapshotDirectory: join(home, "snapshots"),
      fixes: { cgroupV2: true, dns: true, mounts: false },
      pathExists: async () => true,
      makeDirectory: async () => async () => {},
      readTextFile: (path) => readFile(path, "utf8"),
      proxy: {},
    },
  });
  return {
    clusters,
    runtime: { info: (options) => runtime.info(options), images: runtime.images },
  };
}
