import {
  K3dError,
  matchesSelector,
  type CallOptions,
  type ListOptions,
  type VolumeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import { csvField } from "../command/csv.js";
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

interface NewVolume {
  name: string;
  labels: Record<string, string>;
}

/** Volumes by the `podman` command. */
export class PodmanVolumes implements VolumeOperations {
  readonly #cli: PodmanCli;

  constructor(cli: PodmanCli) {
    this.#cli = cli;
  }

  async create(volume: NewVolume, options: CallOptions = {}): Promise<VolumeInfo> {
    const created = await this.#create(volume, csvField, options);
    const asGiven = Object.entries(volume.labels).every(
      ([key, value]) => created.labels[key] === value,
    );
    if (asGiven) return created;
    // A podman that does not read labels as CSV has kept the quotes.
    await this.remove(volume.name, options);
    return this.#create(volume, (label) => label, options);
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
    const volumes = await this.#cli.json<VolumeJson[] | null>(
      ["volume", "ls", "--format=json"],
      { action: "list volumes" },
      { signal },
    );
    // Podman's own filter takes a volume that has any one of several labels.
    return (volumes ?? [])
      .map(volumeInfo)
      .filter((volume) => matchesSelector(volume.labels, labels));
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    await this.#cli.text(["volume", "rm", name], { action: `remove volume '${name}'` }, options);
  }

  async #create(
    { name, labels }: NewVolume,
    quote: (label: string) => string,
    options: CallOptions,
  ): Promise<VolumeInfo> {
    const labelArgs = Object.entries(labels).flatMap(([key, value]) => [
      "--label",
      quote(`${key}=${value}`),
    ]);
    await this.#cli.text(
      ["volume", "create", ...labelArgs, name],
      { action: `create volume '${name}'`, fallback: "INVALID_INPUT" },
      options,
    );
    return volumeInfo(await this.#inspect(name, options));
  }

  async #inspect(name: string, options: CallOptions): Promise<VolumeJson> {
    const context = { action: `inspect volume '${name}'` };
    const [json] = await this.#cli.json<VolumeJson[]>(
      ["volume", "inspect", name],
      context,
      options,
    );
    // Podman accepts the beginning of a name as well.
    if (json === undefined || json.Name !== name) {
      throw new K3dError("NOT_FOUND", `Volume '${name}' does not exist`);
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
