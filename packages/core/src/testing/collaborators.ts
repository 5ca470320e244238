import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Collaborators } from "../steps/world.js";
import { httpsKubeClients } from "../readiness/https-kube-client.js";
import type { K3dEvent } from "../events/index.js";
import { systemClock } from "../model/clock.js";
import { fileKubeconfigStore } from "../kubeconfig/file.js";
import type { MemoryRuntime } from "./memory-runtime.js";
import type { CoreSettings } from "../observe/settings.js";

/** What core's operations, and those of plug-ins, work with on an engine in memory. */
export interface TestCollaborators extends Collaborators {
  /** What was told so far. */
  told: K3dEvent[];
}

/**
 * Collaborators on an engine in memory. Nothing outside of it is read or written, unless `home` names a
 * directory for kubeconfigs. Host ports are proposed from `firstPort` on, one after another.
 */
export function testCollaborators(
  runtime: MemoryRuntime,
  { settings = {}, home = join(tmpdir(), "k3d-no-home"), firstPort = 20_000 } = {},
): TestCollaborators {
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
    kube: httpsKubeClients(),
    ports: { pick: async () => next++ },
    kubeconfigStore: fileKubeconfigStore({}, home),
    settings: full,
  };
}
