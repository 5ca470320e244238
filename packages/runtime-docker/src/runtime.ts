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
import type { Engine } from "./engine/engine.js";
import { DockerGroups } from "./engine/groups.js";
import { DockerHousekeeping } from "./engine/housekeeping.js";
import { DockerImages } from "./images/operations.js";
import type { CredentialSource } from "./images/pull.js";
import {
  networksByDefault,
  toCapabilities,
  toRuntimeInfo,
  type SystemInfo,
} from "./engine/info.js";
import { DockerNetworks } from "./networks/operations.js";
import { DockerVolumes } from "./volumes/operations.js";

/** So long what the engine said of itself passes for what it would say now, in milliseconds. */
const FRESH_MS = 500;

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
  #said: { at: number; info: Promise<SystemInfo> } | undefined;

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
    this.networks = enforceCapabilities("networks", this.#networksOf(engine), this);
    this.volumes = new DockerVolumes(engine);
    this.housekeeping = new DockerHousekeeping(engine);
    this.groups = new DockerGroups(engine, remoteHostOf(endpoint));
    const { dial } = connection;
    if (dial !== undefined) this.dial = (address, options) => dial(address, options?.signal);
  }

  get capabilities(): Promise<RuntimeCapabilities> {
    return this.#systemInfo().then((info) => toCapabilities(info, this.#endpoint));
  }

  async info({ signal }: CallOptions = {}): Promise<RuntimeInfo> {
    const { engine } = this.#connection;
    const isFresh = this.#said !== undefined && performance.now() - this.#said.at < FRESH_MS;
    if (!isFresh) this.#said = undefined;
    const [info, version] = await engine.call("ask", "engine", "", signal, (options) =>
      Promise.all([this.#systemInfo(), engine.docker.version(options)]),
    );
    return toRuntimeInfo(info, version, engine.apiVersion, this.#endpoint);
  }

  /** It takes the engine about 20 ms to say it, so it is asked once for what does not change. */
  #systemInfo(): Promise<SystemInfo> {
    if (this.#said !== undefined) return this.#said.info;
    const { engine } = this.#connection;
    const info = engine.call("ask", "engine", "", this.#signal, (options) =>
      engine.docker.info(options),
    );
    const said = { at: performance.now(), info };
    this.#said = said;
    info.catch(() => {
      if (this.#said === said) this.#said = undefined;
    });
    return info;
  }

  #networksOf(engine: Engine): DockerNetworks {
    return new DockerNetworks(engine, async () =>
      networksByDefault(await this.#systemInfo(), this.#endpoint),
    );
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}
