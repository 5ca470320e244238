import { cpus, release, totalmem } from "node:os";
import { readFile } from "node:fs/promises";
import {
  enforceCapabilities,
  throwIfAborted,
  type CallOptions,
  type ContainerRuntime,
  type RuntimeCapabilities,
  type RuntimeInfo,
} from "@k3d/core/runtime";
import { OciContainers } from "./containers/operations.ts";
import { cgroupFacts, ownCapabilities, type CgroupFacts } from "./host/facts.ts";
import { atEdge } from "./host/edge.ts";
import { OciHousekeeping } from "./housekeeping.ts";
import { OciImages } from "./images/operations.ts";
import { OciNetworks } from "./networks/operations.ts";
import type { Engine } from "./engine/engine.ts";
import { OciVolumes } from "./volumes/operations.ts";

const ARCHITECTURES: Record<string, string> = {
  x64: "amd64",
  ia32: "386",
  arm: "arm",
  arm64: "arm64",
  riscv64: "riscv64",
  s390x: "s390x",
  ppc64: "ppc64le",
};

/** What this machine lets the runtime do. */
export async function capabilitiesOf(): Promise<RuntimeCapabilities> {
  const [cgroup, capabilities] = await Promise.all([cgroupFacts(), ownCapabilities()]);
  return {
    staticIp: true,
    dynamicRange: true,
    dns: true,
    pause: true,
    memoryLimit: cgroup.memory,
    rlimits: capabilities.includes("CAP_SYS_RESOURCE"),
    gpus: false,
    restartPolicy: true,
    restartAfterBoot: false,
    imagePull: true,
    imageArchive: true,
    archiveOwners: true,
    volumes: true,
    hostNetwork: true,
    multipleNetworks: true,
    portPublishing: true,
    privileged: true,
    rename: true,
    stats: true,
    localBindMounts: true,
    ipv6: false,
    ipv6Loopback: false,
    networkOverMachines: false,
    machineGroups: false,
    mountModes: false,
  };
}

/** Containers by runc or crun, with no daemon: each command does its work itself. */
export class OciRuntime implements ContainerRuntime {
  readonly name = "oci";
  readonly capabilities: RuntimeCapabilities;
  readonly containers: OciContainers;
  readonly images: OciImages;
  readonly networks: OciNetworks;
  readonly volumes: OciVolumes;
  readonly housekeeping: OciHousekeeping;
  readonly #engine: Engine;

  constructor(
    engine: Engine,
    capabilities: RuntimeCapabilities,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#engine = engine;
    this.capabilities = capabilities;
    this.containers = enforceCapabilities(
      "containers",
      atEdge(new OciContainers(engine), "container"),
      this,
    );
    this.images = atEdge(
      new OciImages({
        store: engine.images,
        records: engine.records,
        paths: engine.paths,
        settings: engine.settings,
        env,
      }),
      "image",
    );
    this.networks = enforceCapabilities(
      "networks",
      atEdge(new OciNetworks(engine), "network"),
      this,
    );
    this.volumes = atEdge(new OciVolumes(engine), "volume");
    this.housekeeping = atEdge(new OciHousekeeping(engine), "housekeeping");
  }

  async info(options: CallOptions = {}): Promise<RuntimeInfo> {
    throwIfAborted(options.signal);
    const { program, paths } = this.#engine;
    const [cgroup, operatingSystem, storage] = await Promise.all([
      cgroupFacts(),
      osName(),
      this.#storageDriver(),
    ]);
    return {
      runtime: this.name,
      engine: `${program.name} ${program.version}, no daemon`,
      version: program.version,
      os: "linux",
      architecture: ARCHITECTURES[process.arch] ?? process.arch,
      operatingSystem,
      kernelVersion: release(),
      rootless: false,
      cgroupVersion: cgroup.version,
      cgroupDriver: cgroupDriver(cgroup),
      securityOptions: [],
      storageDriver: storage,
      cpus: cpus().length,
      memory: totalmem(),
      endpoint: `file://${paths.root}`,
      virtualMachine: false,
    };
  }

  async close(): Promise<void> {
    // Nothing is held between calls.
  }

  /** As the newest container has it, which tells why where it had to be a copy. */
  async #storageDriver(): Promise<string> {
    const records = await this.#engine.records.all();
    const newest = records.toSorted((one, other) => (one.created < other.created ? 1 : -1))[0];
    return newest?.storage.driver === "copy"
      ? `copy (no overlayfs: ${newest.storage.reason})`
      : "overlay";
  }
}

function cgroupDriver({ version, hybrid }: CgroupFacts): string {
  return version === 1 && hybrid ? "cgroupfs (hybrid)" : "cgroupfs";
}

async function osName(): Promise<string | undefined> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?(.*?)"?$/m.exec(text)?.[1];
}
