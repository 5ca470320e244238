import {
  K3dError,
  labelFilters,
  parseAnswer,
  type CallOptions,
  type ListOptions,
  type VolumeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import type { Cli } from "./cli.js";
import { failure } from "./failure.js";

interface VolumeJson {
  Name: string;
  Driver?: string;
  Mountpoint?: string;
  CreatedAt?: string;
  Labels?: Record<string, string> | null;
}

/** Named volumes by the command line. */
export class NerdctlVolumes implements VolumeOperations {
  constructor(private readonly cli: Cli) {}

  async create(
    { name, labels }: { name: string; labels: Record<string, string> },
    { signal }: CallOptions = {},
  ): Promise<VolumeInfo> {
    // The command quietly returns one that exists.
    const before = await this.cli.run(["volume", "inspect", name], { signal });
    if (before.exitCode === 0)
      throw new K3dError(
        "NAME_IN_USE",
        `Cannot create volume '${name}': there is one of that name`,
      );
    const args = Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);
    await this.cli.text(
      ["volume", "create", ...args, name],
      { action: `create volume '${name}'` },
      { signal },
    );
    return this.inspect(name, { signal });
  }

  async inspect(name: string, { signal }: CallOptions = {}): Promise<VolumeInfo> {
    const context = { action: `inspect volume '${name}'` };
    const [json] = await this.cli.json<VolumeJson[]>(["volume", "inspect", name], context, {
      signal,
    });
    if (json === undefined) throw new K3dError("NOT_FOUND", `Volume '${name}' does not exist`);
    const users = await this.cli.text(
      ["ps", "--all", "--no-trunc", "--filter", `volume=${json.Name}`, "--format", "{{.Names}}"],
      context,
      { signal },
    );
    return { ...volumeInfo(json), usedBy: users.split("\n").filter(Boolean) };
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<VolumeInfo[]> {
    const context = { action: "list volumes" };
    const filters = labelFilters(labels).flatMap((filter) => ["--filter", `label=${filter}`]);
    const names = await this.cli.text(["volume", "ls", "--quiet", ...filters], context, { signal });
    const all = names.split("\n").filter(Boolean);
    if (all.length === 0) return [];
    const result = await this.cli.run(["volume", "inspect", ...all], { signal });
    const found =
      result.stdout.trim() === "" ? [] : parseAnswer<VolumeJson[]>(result.stdout, context.action);
    if (result.exitCode !== 0) {
      const error = failure(result, context, []);
      if (error.code !== "NOT_FOUND") throw error;
    }
    return found.map(volumeInfo);
  }

  async remove(name: string, { signal }: CallOptions = {}): Promise<void> {
    await this.cli.text(["volume", "rm", name], { action: `remove volume '${name}'` }, { signal });
  }
}

function volumeInfo({ Name, Driver, Mountpoint, CreatedAt, Labels }: VolumeJson): VolumeInfo {
  return {
    name: Name,
    labels: Labels ?? {},
    driver: Driver ?? "local",
    mountpoint: Mountpoint,
    created: CreatedAt ? new Date(CreatedAt) : undefined,
  } as VolumeInfo;
}
