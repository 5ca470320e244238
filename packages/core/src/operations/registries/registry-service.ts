import { listNodes } from "../../observe/nodes.js";
import { K3dError, unlessMissing } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import type { PortPicker } from "../../steps/ports/host-ports.js";
import { runSteps } from "../../steps/graph.js";
import { LABELS } from "../../model/labels.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { OperationOptions, WaitOptions } from "../options.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import { type CoreSettings } from "../../observe/settings.js";
import type { RegistryDeps } from "./deps.js";
import { OWN_NETWORK, dropOwnNetwork } from "./own-network.js";
import type {
  RegistryConnectOptions,
  RegistryConnection,
  RegistryCreateRequest,
  RegistryOperations,
} from "./operations.js";
import { type RegistryView, findRegistries, registryViews } from "../../registry/view.js";

/** Registries on one runtime. What only some operations need is loaded when they are called. */
@injectable()
export class RegistryService implements RegistryOperations {
  private readonly deps: RegistryDeps;

  constructor(
    @inject(TOKENS.runtime) runtime: ContainerRuntime,
    @inject(TOKENS.events) events: EventSink,
    @inject(TOKENS.clock) clock: Clock,
    @inject(TOKENS.ports) ports: PortPicker,
    @inject(TOKENS.kubeconfigStore) kubeconfigStore: KubeconfigStore,
    @inject(TOKENS.settings) settings: CoreSettings,
  ) {
    this.deps = { runtime, events, clock, ports, kubeconfigStore, settings };
  }

  async list(options: OperationOptions = {}): Promise<RegistryView[]> {
    return registryViews(await listNodes(this.deps.runtime, options));
  }

  async get(name: string, options: OperationOptions = {}): Promise<RegistryView[]> {
    return findRegistries(name, await this.list(options));
  }

  async create(request: RegistryCreateRequest): Promise<RegistryView[]> {
    const { createRegistries } = await import("./create-registry.js");
    const names = new Set(await createRegistries(request, this.deps));
    return (await this.list()).filter(({ name }) => names.has(name));
  }

  start(name: string, { wait, timeoutMs, ...options }: WaitOptions = {}): Promise<RegistryView[]> {
    return this.change(name, "Start", options, async (registry, signal) => {
      const { runtime, clock } = this.deps;
      if (registry.status === "running") return;
      if (registry.status === "paused") return runtime.containers.unpause(registry.id);
      const { finishedAt } = await runtime.containers.inspect(registry.id, { signal });
      await runtime.containers.start(registry.id);
      if (wait === false) return;
      const { waitForRegistry } = await import("./ready.js");
      await waitForRegistry(registry.name, {
        runtime,
        clock,
        signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(finishedAt === undefined ? {} : { endedBefore: finishedAt }),
      });
    });
  }

  stop(name: string, options: OperationOptions = {}): Promise<RegistryView[]> {
    return this.change(name, "Stop", options, (registry) =>
      this.deps.runtime.containers.stop(registry.id),
    );
  }

  async delete(
    name: string,
    { force = false, ...options }: OperationOptions & { force?: boolean } = {},
  ): Promise<string[]> {
    const registries = await this.get(name, options);
    for (const { name: registry, usedBy } of force ? [] : registries) {
      if (usedBy.length === 0) continue;
      const [first] = usedBy;
      throw new K3dError(
        "REGISTRY_IN_USE",
        `Registry '${registry}' is used by ${usedBy.length === 1 ? "cluster" : "clusters"} ${usedBy.join(", ")}`,
        {
          hint: `Disconnect it with 'k3d registry disconnect ${registry} ${first}', or delete it all the same with --force.`,
        },
      );
    }
    const steps = registries.map((registry) => ({
      id: `delete:${registry.name}`,
      title: `Delete registry ${registry.name}`,
      run: () =>
        unlessMissing(
          this.deps.runtime.containers.remove(registry.id, { force: true, volumes: true }),
        ),
    }));
    await runSteps(steps, { ...this.deps, rollback: false, ...options });
    if (registries.some(({ labels }) => labels[LABELS.network] === OWN_NETWORK))
      await dropOwnNetwork(this.deps.runtime, options);
    return registries.map((registry) => registry.name);
  }

  async connect(
    name: string,
    cluster: string,
    options?: RegistryConnectOptions,
  ): Promise<RegistryConnection> {
    const { connectRegistry } = await import("./connect-registry.js");
    return connectRegistry(name, cluster, this.deps, options);
  }

  async disconnect(
    name: string,
    cluster: string,
    options?: Omit<RegistryConnectOptions, "auth">,
  ): Promise<RegistryConnection> {
    const { disconnectRegistry } = await import("./connect-registry.js");
    return disconnectRegistry(name, cluster, this.deps, options);
  }

  async certificateAuthority(name: string, options: OperationOptions = {}): Promise<string> {
    const [registry] = await this.get(name, options);
    const { readRegistryAccess } = await import("../../registry/access.js");
    const access =
      registry?.tls === true
        ? await readRegistryAccess(this.deps.runtime, registry.id, options)
        : undefined;
    if (access?.ca !== undefined) return access.ca;
    throw new K3dError(
      "NOT_FOUND",
      `Registry '${registry?.name ?? name}' has no authority of its own`,
      {
        hint:
          registry?.tls === true
            ? "Its certificate comes from an authority that is trusted already."
            : "It does not speak TLS; create one with --tls.",
      },
    );
  }

  private async change(
    name: string,
    verb: string,
    options: OperationOptions,
    run: (registry: RegistryView, signal: AbortSignal) => Promise<void>,
  ): Promise<RegistryView[]> {
    const registries = await this.get(name, options);
    const steps = registries.map((registry) => ({
      id: `${verb.toLowerCase()}:${registry.name}`,
      title: `${verb} registry ${registry.name}`,
      run: ({ signal }: { signal: AbortSignal }) => run(registry, signal),
    }));
    await runSteps(steps, { ...this.deps, rollback: false, ...options });
    return this.get(name, options);
  }
}
