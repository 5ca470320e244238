import {
  K3dError,
  labelFilters,
  type CallOptions,
  type ListOptions,
  type VolumeInfo,
  type VolumeOperations,
} from "@k3d/core";
import type { PodmanCli } from "../command/podman-cli.js";
import { inspectContainers } from "../containers/inspect.js";

/** The part of `podman volume inspect` and `volume ls --format json` that is read. */
interface VolumeJson {
  Name: string;
  Driver: string;
  Mountpoint: string;
  CreatedAt: string;
  Labels: Record<string, string> | null;
}

/** Volumes by the `podman` command. */
export class PodmanVolumes implements VolumeOperations {
  readonly #cli: PodmanCli;

  constructor(cli: PodmanCli) {
    this.#cli = cli;
  }

  async create(
    { name, labels }: { name: string; labels: Record<string, string> },
    options: CallOptions = {},
  ): Promise<VolumeInfo> {
    const args = [
      "volume",
      "create",
      ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      name,
    ];
    await this.#cli.text(
      args,
      { action: `create volume ${name}`, fallback: "INVALID_INPUT" },
      options,
    );
    return volumeInfo(await this.#inspect(name, options));
  }

  async inspect(name: string, options: CallOptions = {}): Promise<VolumeInfo> {
    const info = volumeInfo(await this.#inspect(name, options));
    const users = await inspectContainers(this.#cli, [`--filter=volume=${name}`], options);
    return {
      ...info,
      usedBy: users
        .filter(({ Mounts: mounts }) => mounts?.some((mount) => mount.Name === info.name))
        .map((container) => container.Name),
    };
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<VolumeInfo[]> {
    const filters = labelFilters(labels).map((filter) => `--filter=label=${filter}`);
    const volumes = await this.#cli.json<VolumeJson[] | null>(
      ["volume", "ls", "--format=json", ...filters],
      { action: "list volumes" },
      signal === undefined ? {} : { signal },
    );
    return (volumes ?? []).map(volumeInfo);
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    await this.#cli.text(["volume", "rm", name], { action: `remove volume ${name}` }, options);
  }

  async #inspect(name: string, options: CallOptions): Promise<VolumeJson> {
    const context = { action: `inspect volume ${name}` };
    const [json] = await this.#cli.json<VolumeJson[]>(["volume", "inspect", name], context, options);
    // Podman accepts the beginning of a name as well.
    if (json === undefined || json.Name !== name) {
      throw new K3dError("NOT_FOUND", `There is no volume ${name}`);
    }
    return json;
  }
}

function volumeInfo(json: VolumeJson): VolumeInfo {
  return {
    name: json.Name,
    labels: json.Labels ?? {},
    driver: json.Driver,
    mountpoint: json.Mountpoint,
    created: new Date(json.CreatedAt),
  };
}
