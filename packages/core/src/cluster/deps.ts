import type { EventSink } from "../events/index.js";
import type { Clock } from "../execute/clock.js";
import type { PortPicker } from "../execute/host-ports.js";
import type { KubeconfigStore } from "../kubeconfig/file.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { CoreSettings } from "../services/tokens.js";

/** What cluster operations work with. */
export interface ClusterDeps {
  runtime: ContainerRuntime;
  events: EventSink;
  clock: Clock;
  ports: PortPicker;
  kubeconfigStore: KubeconfigStore;
  settings: CoreSettings;
}

/** Time limit for waiting when none is given, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 300_000;
