import {
  enforceCapabilities,
  type CallOptions,
  type ContainerOperations,
  type ContainerRuntime,
  type GroupOperations,
  type HousekeepingOperations,
  type ImageOperations,
  type NetworkOperations,
  type RuntimeCapabilities,
  type RuntimeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import type { Connection } from "./engine/connect.js";
import { DockerContainers } from "./containers/operations.js";
import { remoteHostOf, type Endpoint } from "./endpoint/endpoint.js";
import { DockerGroups } from "./engine/groups.js";
import { DockerHousekeeping } from "./engine/housekeeping.js";
import { DockerImages } from "./images/operations.js";
import type { CredentialSource } from "./images/pull.js";
import { toCapabilities, toRuntimeInfo, type SystemInfo } from "./engine/info.js";
import { DockerNetworks } from "./networks/operations.js";
import { DockerVolumes } from "./volumes/operations.js";

/** The contract on a Docker engine. */
export class DockerRuntime implements ContainerRuntime {
  readonly name = "docker";
  readonly containers: ContainerOperations;
  readonly images: ImageOperations;
  readonly networks: NetworkOperations;
  readonly volumes: VolumeOperations;
  readonly housekeeping: HousekeepingOperations;
  readonly groups: GroupOperations;
  /** Only where the engine is reached by ssh. */
  readonly dial: ContainerRuntime["dial"];
  readonly #connection: Connection;
  readonly #endpoint: Endpoint;
  readonly #signal: AbortSignal | undefined;
  #capabilities: Promise<RuntimeCapabilities> | undefined;

  /** @param signal ends the one question that may still be put after the connection stands */
  constructor(
    connection: Connection,
    endpoint: Endpoint,
    credentials: CredentialSource,
    signal?: AbortSignal,
  ) {
    this.#signal = signal;
    const { engine } = connection;
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.containers = enforceCapabilities("containers", new DockerContainers(engine), this);
    this.images = new DockerImages(engine, credentials);
    this.networks = enforceCapabilities("networks", new DockerNetworks(engine), this);
    this.volumes = new DockerVolumes(engine);
    this.housekeeping = new DockerHousekeeping(engine);
    this.groups = new DockerGroups(engine, remoteHostOf(endpoint));
    const { dial } = connection;
    if (dial !== undefined) this.dial = (address, options) => dial(address, options?.signal);
  }

  /** They follow from what the engine says of itself, which takes it about 20 ms. */
  get capabilities(): Promise<RuntimeCapabilities> {
    this.#capabilities ??= this.#systemInfo().then(
      (info) => toCapabilities(info, this.#endpoint),
      (error: unknown) => {
        this.#capabilities = undefined;
        throw error;
      },
    );
    return this.#capabilities;
  }

  async info({ signal }: CallOptions = {}): Promise<RuntimeInfo> {
    const { engine } = this.#connection;
    const [info, version] = await engine.call("ask", "engine", "", signal, (options) =>
      Promise.all([engine.docker.info(options), engine.docker.version(options)]),
    );
    return toRuntimeInfo(info, version, engine.apiVersion, this.#endpoint);
  }

  async #systemInfo(): Promise<SystemInfo> {
    const { engine } = this.#connection;
    return await engine.call("ask", "engine", "", this.#signal, (options) =>
      engine.docker.info(options),
    );
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}
