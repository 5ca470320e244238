import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Collaborators } from "../src/steps/world.js";
import { httpsKubeClients } from "../src/readiness/https-kube-client.js";
import type { K3dEvent } from "../src/events/index.js";
import { systemClock } from "../src/model/clock.js";
import { fileKubeconfigStore } from "../src/kubeconfig/file.js";
import type { MemoryRuntime } from "../src/testing/index.js";
import type { CoreSettings } from "../src/observe/settings.js";

/** Dependencies of core's services on an in-memory runtime. */
export interface TestDeps extends Collaborators {
  /** What was told so far. */
  told: K3dEvent[];
}

/** Host ports are proposed from `firstPort` on, one after another. */
export function testDeps(
  runtime: MemoryRuntime,
  { settings = {}, home = join(tmpdir(), "k3d-no-home"), firstPort = 20_000 } = {},
): TestDeps {
  const told: K3dEvent[] = [];
  let next = firstPort;
  const full: CoreSettings = {
    version: "6.0.0-test",
    images: {
      loadBalancer: "docker.io/library/nginx:test",
      registry: "docker.io/library/registry:test",
    },
    snapshotDirectory: join(home, "snapshots"),
    fixes: { cgroupV2: true, dns: true, mounts: false },
    pathExists: async () => true,
    makeDirectory: async () => async () => {},
    readTextFile: async () => "",
    proxy: {},
    ...(settings as Partial<CoreSettings>),
  };
  return {
    told,
    runtime,
    events: { emit: (event) => void told.push(event) },
    clock: systemClock,
    kube: httpsKubeClients,
    ports: { pick: async () => next++ },
    kubeconfigStore: fileKubeconfigStore({}, home),
    settings: full,
  };
}
