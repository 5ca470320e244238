import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import type { PortPicker } from "../../steps/ports/host-ports.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { CoreSettings } from "../../observe/settings.js";

/** What cluster operations work with. */
export interface ClusterDeps {
  runtime: ContainerRuntime;
  events: EventSink;
  clock: Clock;
  ports: PortPicker;
  kubeconfigStore: KubeconfigStore;
  settings: CoreSettings;
}
