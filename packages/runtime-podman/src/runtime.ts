import {
  enforceCapabilities,
  type CallOptions,
  type ContainerRuntime,
  type RuntimeCapabilities,
  type RuntimeInfo,
} from "@k3d/core/runtime";
import type { PodmanCli } from "./command/podman-cli.js";
import { PodmanContainers, type ContainerContext } from "./containers/operations.js";
import { PodmanHousekeeping } from "./engine/housekeeping.js";
import { PodmanImages } from "./images/operations.js";
import { PodmanNetworks } from "./networks/operations.js";
import { runtimeInfo, type InfoJson, type InfoSources } from "./engine/info.js";
import { PodmanVolumes } from "./volumes/operations.js";

export interface PodmanRuntimeOptions extends ContainerContext {
  capabilities: RuntimeCapabilities;
  info: InfoSources;
}

/** The runtime contract on the `podman` command. */
export class PodmanRuntime implements ContainerRuntime {
  readonly name = "podman";
  readonly capabilities: RuntimeCapabilities;
  readonly containers: PodmanContainers;
  readonly images: PodmanImages;
  readonly networks: PodmanNetworks;
  readonly volumes: PodmanVolumes;
  readonly housekeeping: PodmanHousekeeping;
  readonly #cli: PodmanCli;
  readonly #info: InfoSources;

  constructor({ capabilities, info, ...context }: PodmanRuntimeOptions) {
    this.capabilities = capabilities;
    this.containers = enforceCapabilities("containers", new PodmanContainers(context), this);
    this.images = new PodmanImages(context.cli);
    this.networks = enforceCapabilities("networks", new PodmanNetworks(context.cli), this);
    this.volumes = new PodmanVolumes(context.cli);
    this.housekeeping = new PodmanHousekeeping(context.cli, capabilities.localBindMounts);
    this.#cli = context.cli;
    this.#info = info;
  }

  async info(options: CallOptions = {}): Promise<RuntimeInfo> {
    const context = { action: "ask podman about itself", fallback: "RUNTIME_UNAVAILABLE" as const };
    const json = await this.#cli.json<InfoJson>(["info", "--format=json"], context, options);
    return { ...runtimeInfo(json, this.#info), obstacles: await this.#info.obstacles?.() };
  }

  close(): Promise<void> {
    return this.#cli.close();
  }
}
