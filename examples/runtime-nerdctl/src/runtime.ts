import {
  enforceCapabilities,
  type CallOptions,
  type ContainerOperations,
  type ContainerRuntime,
  type ImageOperations,
  type NetworkOperations,
  type RuntimeCapabilities,
  type RuntimeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import type { Cli } from "./cli.js";
import { NerdctlContainers } from "./containers.js";
import { NerdctlImages } from "./images.js";
import { NerdctlNetworks } from "./networks.js";
import { NerdctlVolumes } from "./volumes.js";

/** What this adapter makes of the command line; k3d goes by these alone. */
const CAPABILITIES: RuntimeCapabilities = {
  staticIp: true,
  dynamicRange: true,
  dns: true,
  pause: true,
  memoryLimit: true,
  rlimits: true,
  gpus: false,
  restartPolicy: true,
  restartAfterBoot: true,
  imagePull: true,
  imageArchive: true,
  archiveOwners: true,
  volumes: true,
  hostNetwork: true,
  // There is no `network connect`.
  multipleNetworks: false,
  // Figures are rounded, for people.
  stats: false,
  portPublishing: true,
  privileged: true,
  rename: true,
  localBindMounts: true,
  ipv6: false,
  ipv6Loopback: false,
  networkOverMachines: false,
  machineGroups: false,
  mountModes: false,
};

interface InfoJson {
  ServerVersion: string;
  OSType?: string;
  Architecture?: string;
  OperatingSystem?: string;
  KernelVersion?: string;
  CgroupVersion?: string;
  CgroupDriver?: string;
  SecurityOptions?: string[] | null;
  Driver?: string;
  NCPU?: number;
  MemTotal?: number;
}

/** The machine's words for processors, as Go says them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: "amd64", aarch64: "arm64" };

/** The runtime contract on a command line. */
export class NerdctlRuntime implements ContainerRuntime {
  readonly name = "nerdctl";
  readonly capabilities = CAPABILITIES;
  readonly containers: ContainerOperations;
  readonly images: ImageOperations;
  readonly networks: NetworkOperations;
  readonly volumes: VolumeOperations;

  constructor(private readonly cli: Cli) {
    this.containers = enforceCapabilities("containers", new NerdctlContainers(cli), this);
    this.images = enforceCapabilities("images", new NerdctlImages(cli), this);
    this.networks = enforceCapabilities("networks", new NerdctlNetworks(cli), this);
    this.volumes = enforceCapabilities("volumes", new NerdctlVolumes(cli), this);
  }

  /** The executable. */
  get command(): string {
    return this.cli.command;
  }

  async info({ signal }: CallOptions = {}): Promise<RuntimeInfo> {
    const json = await this.cli.json<InfoJson>(
      ["info", "--format", "{{json .}}"],
      { action: `ask ${this.command} about itself`, fallback: "RUNTIME_UNAVAILABLE" },
      { signal },
    );
    const options = json.SecurityOptions ?? [];
    const names = options.map((option) => option.replace(/^name=/, "").replace(/,.*$/, ""));
    return {
      runtime: this.name,
      engine: `${this.command} ${json.ServerVersion}`,
      version: json.ServerVersion,
      os: json.OSType ?? "linux",
      architecture: ARCHITECTURES[json.Architecture ?? ""] ?? json.Architecture ?? "amd64",
      rootless: names.includes("rootless"),
      cgroupVersion: json.CgroupVersion === "1" ? 1 : 2,
      securityOptions: names,
      // The command finds its engine by itself.
      endpoint: this.command,
      defaultNetwork: "bridge",
      virtualMachine: false,
      operatingSystem: json.OperatingSystem,
      kernelVersion: json.KernelVersion,
      cgroupDriver: json.CgroupDriver,
      storageDriver: json.Driver,
      cpus: json.NCPU,
      memory: json.MemTotal,
    } as RuntimeInfo;
  }

  close(): Promise<void> {
    return this.cli.close();
  }
}
