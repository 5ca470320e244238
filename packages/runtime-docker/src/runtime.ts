import type {
  CallOptions,
  ContainerOperations,
  ContainerRuntime,
  HousekeepingOperations,
  ImageOperations,
  NetworkOperations,
  RuntimeCapabilities,
  RuntimeInfo,
  VolumeOperations,
} from "@k3d/core";
import type { Connection } from "./connect.js";
import { DockerContainers } from "./containers/operations.js";
import type { Endpoint } from "./endpoint/endpoint.js";
import { DockerHousekeeping } from "./housekeeping.js";
import { DockerImages } from "./images/operations.js";
import type { CredentialSource } from "./images/pull.js";
import { toCapabilities, toRuntimeInfo, type SystemInfo } from "./info.js";
import { DockerNetworks } from "./networks.js";
import { DockerVolumes } from "./volumes.js";

/** The contract on a Docker engine. */
export class DockerRuntime implements ContainerRuntime {
  readonly name = "docker";
  readonly capabilities: RuntimeCapabilities;
  readonly containers: ContainerOperations;
  readonly images: ImageOperations;
  readonly networks: NetworkOperations;
  readonly volumes: VolumeOperations;
  readonly housekeeping: HousekeepingOperations;
  readonly #connection: Connection;
  readonly #endpoint: Endpoint;

  /** @param info what the engine says of itself; capabilities follow from it */
  constructor(
    connection: Connection,
    info: SystemInfo,
    endpoint: Endpoint,
    credentials: CredentialSource,
  ) {
    const { engine } = connection;
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.capabilities = toCapabilities(info, endpoint);
    this.containers = new DockerContainers(engine);
    this.images = new DockerImages(engine, credentials);
    this.networks = new DockerNetworks(engine);
    this.volumes = new DockerVolumes(engine);
    this.housekeeping = new DockerHousekeeping(engine);
  }

  async info({ signal }: CallOptions = {}): Promise<RuntimeInfo> {
    const { engine } = this.#connection;
    const [info, version] = await engine.call("ask", "engine", "", signal, (options) =>
      Promise.all([engine.docker.info(options), engine.docker.version(options)]),
    );
    return toRuntimeInfo(info, version, engine.apiVersion, this.#endpoint);
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}
