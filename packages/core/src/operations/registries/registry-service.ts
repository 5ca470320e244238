import { listNodes } from "../../observe/nodes.js";
import { K3dError, unlessMissing, withHint } from "../../errors/index.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { requireStarted } from "../../steps/start.js";
import { LABELS } from "../../model/labels.js";
import { readBack } from "../read-back.js";
import type { OperationOptions, WaitOptions } from "../options.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { RegistryDeps } from "./deps.js";
import { OWN_NETWORK, dropOwnNetwork } from "./own-network.js";
import type {
  GarbageOptions,
  RegistryConnectOptions,
  RegistryConnection,
  RegistryCreateRequest,
  RegistryGarbage,
  RegistryOperations,
} from "./operations.js";
import { type RegistryView, findRegistries, registryViews } from "../../registry/view.js";

/** Registries on one runtime. What only some operations need is loaded when they are called. */
@injectable()
export class RegistryService implements RegistryOperations {
  constructor(@inject(TOKENS.collaborators) private readonly deps: RegistryDeps) {}

  async list(options: OperationOptions = {}): Promise<RegistryView[]> {
    return registryViews(await listNodes(this.deps.runtime, options));
  }

  async get(name: string, options: OperationOptions = {}): Promise<RegistryView[]> {
    return findRegistries(name, await this.list(options));
  }

  async create(request: RegistryCreateRequest): Promise<RegistryView[]> {
    const { createRegistries } = await import("./create-registry.js");
    const names = new Set(await createRegistries(request, this.deps));
    const options = { signal: request.signal };
    return readBack(
      async () => (await this.list(options)).filter(({ name }) => names.has(name)),
      [],
      this.deps.events,
    );
  }

  start(name: string, { wait, timeoutMs, ...options }: WaitOptions = {}): Promise<RegistryView[]> {
    return this.change(name, "Start", options, async (registry, signal) => {
      const { runtime, clock } = this.deps;
      if (registry.status === "running") return;
      if (registry.status === "paused") return runtime.containers.unpause(registry.id, { signal });
      const { finishedAt } = await runtime.containers.inspect(registry.id, { signal });
      await runtime.containers.start(registry.id, { signal });
      if (wait === false) return requireStarted(registry.name, runtime, { signal });
      const { waitForRegistry } = await import("./ready.js");
      await waitForRegistry(registry.name, {
        runtime,
        clock,
        signal,
        timeoutMs,
        endedBefore: finishedAt,
      });
    });
  }

  async stop(name: string, options: OperationOptions = {}): Promise<RegistryView[]> {
    const stopped = await this.change(name, "Stop", options, (registry, signal) =>
      this.deps.runtime.containers.stop(registry.id, { signal }),
    );
    const { requireObeyed } = await import("../require-obeyed.js");
    requireObeyed("stop", stopped, stopped);
    return stopped;
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
          hint: `Disconnect it with 'k3d registry disconnect ${registry} ${first}', or delete it anyway with --force.`,
        },
      );
    }
    const steps: Step[] = registries.map((registry) => ({
      id: `delete:${registry.name}`,
      title: `Delete registry ${registry.name}`,
      run: ({ signal }: { signal: AbortSignal }) =>
        unlessMissing(
          this.deps.runtime.containers.remove(registry.id, { signal, force: true, volumes: true }),
        ),
    }));
    if (registries.some(({ labels }) => labels[LABELS.network] === OWN_NETWORK))
      steps.push({
        id: "network",
        title: `Delete network ${OWN_NETWORK}`,
        needs: steps.map(({ id }) => id),
        run: ({ signal }) => dropOwnNetwork(this.deps.runtime, { signal }),
      });
    const names = registries.map((registry) => registry.name);
    try {
      await runSteps(steps, { ...this.deps, rollback: false, goOn: true, ...options });
      await this.checkGone(names, options);
    } catch (error) {
      throw withHint(
        error,
        `Something may be left; try again with: k3d registry delete ${name}, or remove it with: k3d prune`,
      );
    }
    return names;
  }

  async collectGarbage(
    name: string,
    options: OperationOptions & GarbageOptions = {},
  ): Promise<RegistryGarbage[]> {
    const { signal } = options;
    const registries = await this.get(name, { signal });
    const { collectGarbage } = await import("./collect-garbage.js");
    const collected: RegistryGarbage[] = [];
    for (const registry of registries)
      collected.push(await collectGarbage(registry, options, this.deps));
    return collected;
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
      `Registry '${registry?.name ?? name}' has no certificate authority of its own`,
      {
        hint:
          registry?.tls === true
            ? "Its certificate is from an authority that is trusted already."
            : "It does not speak TLS; create one with --tls.",
      },
    );
  }

  /** An engine may claim that it removed something. That it cannot be looked at is no failure. */
  private async checkGone(names: readonly string[], options: OperationOptions): Promise<void> {
    const nodes = await readBack(() => listNodes(this.deps.runtime, options), [], this.deps.events);
    const left = nodes.map((node) => node.name).filter((name) => names.includes(name));
    if (left.length === 0) return;
    throw new K3dError("RUNTIME_ERROR", `The engine still has ${left.join(", ")}`, {
      hint: "The engine did not do what it reported. Look at its log, and try again.",
    });
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
    const known = new Set(registries.map((registry) => registry.name));
    return readBack(
      async () => (await this.list(options)).filter((registry) => known.has(registry.name)),
      registries,
      this.deps.events,
    );
  }
}
