import { join } from "node:path";
import {
  K3dError,
  toK3dError,
  type CallOptions,
  type ContainerRuntime,
  type Detection,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core";
import { findBootUnits, type BootSupport } from "./boot/find-boot-units.js";
import { podmanCapabilities } from "./capabilities.js";
import { PodmanCli } from "./command/podman-cli.js";
import {
  connectionFrom,
  endpointOf,
  remoteHostOf,
  sharesThisMachine,
  type Connection,
} from "./host/connection.js";
import { hostFacts, type HostFacts } from "./host/host-facts.js";
import { HostFiles } from "./host/host-files.js";
import { rootlessObstacles } from "./host/rootless.js";
import type { InfoJson, VersionJson } from "./podman-info.js";
import { PodmanRuntime } from "./podman-runtime.js";

/** Older ones lack `podman cp --archive` or netavark. */
const MIN_VERSION = "4.3";
/** Milliseconds that detection waits for a podman service that may be far away or gone. */
const DETECTION_PATIENCE = 3000;

type Options = RuntimeOptions & CallOptions;

/** Podman as a container runtime of k3d. */
export class PodmanFactory implements RuntimeFactory {
  readonly name = "podman";
  readonly contractVersion = 1;
  readonly #files: HostFiles;

  /** @param files the machine that podman runs on; another one in tests. */
  constructor(files = new HostFiles()) {
    this.#files = files;
  }

  async detect(options: Options): Promise<Detection> {
    const connection = connectionFrom(options);
    const endpoint = endpointOf(connection);
    const patience = AbortSignal.timeout(DETECTION_PATIENCE);
    const signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
    try {
      const version = await podmanVersion(openCli(connection, options), signal);
      return connection.remote === undefined
        ? { ...(await this.#detectLocal(version, options)), endpoint }
        : { available: true, reason: `Podman ${version} answers at ${endpoint}`, endpoint };
    } catch (error) {
      const { message, hint } = toK3dError(error);
      const reason = patience.aborted ? `${endpoint} does not answer in time` : message;
      return { available: false, reason, endpoint, ...(hint === undefined ? {} : { hint }) };
    }
  }

  async create(options: Options): Promise<ContainerRuntime> {
    const connection = connectionFrom(options);
    const cli = openCli(connection, options);
    await podmanVersion(cli, options.signal);
    const local = connection.remote === undefined;
    const facts = local
      ? await hostFacts(this.#files, options.uid ?? 0)
      : await remoteFacts(cli, options.signal);
    const boot = local ? await this.#boot(connection, options) : undefined;
    const bootUnits = boot !== undefined && "units" in boot ? boot.units : undefined;
    return new PodmanRuntime({
      cli,
      capabilities: podmanCapabilities({
        ...facts,
        sharesThisMachine: sharesThisMachine(connection),
        bootUnits: bootUnits !== undefined,
      }),
      pidsLimit: !facts.rootless || facts.cgroupVersion === 2,
      tempDir: options.env["TMPDIR"] || (options.platform === "win32" ? options.homeDir : "/tmp"),
      info: {
        endpoint: endpointOf(connection),
        remoteHost: remoteHostOf(connection),
        virtualMachine: options.platform !== "linux" && connection.remote?.url === undefined,
      },
      ...(bootUnits === undefined ? {} : { bootUnits }),
    });
  }

  async #detectLocal(version: string, options: Options): Promise<Detection> {
    const uid = options.uid ?? 0;
    const facts = await hostFacts(this.#files, uid);
    const mode = facts.rootless ? "rootless" : "rootful";
    const found = `Podman ${version}, ${mode}, cgroup v${facts.cgroupVersion}`;
    if (facts.rootless) {
      const obstacles = await rootlessObstacles(this.#files, uid, facts, options.env["PATH"]);
      if (obstacles.length > 0) {
        return {
          available: false,
          reason: `${found}, but ${obstacles.map(({ reason }) => reason).join("; ")}`,
          hint: sentences(obstacles.map(({ hint }) => hint)),
        };
      }
    }
    const hints = await this.#hints(facts, options);
    return {
      available: true,
      reason: found,
      ...(hints.length === 0 ? {} : { hint: sentences(hints) }),
    };
  }

  /** What works less well than it could. */
  async #hints(facts: HostFacts, options: Options): Promise<string[]> {
    const boot = await this.#boot(connectionFrom(options), options);
    const lowestPort = facts.rootless ? await this.#files.unprivilegedPortStart() : 0;
    return [
      ...(facts.dnsServer
        ? []
        : ["names of containers do not resolve: install aardvark-dns, netavark's DNS server"]),
      ...(facts.initProgram
        ? []
        : ["containers with an init process cannot start: install catatonit"]),
      ...("missing" in boot ? [`containers do not come back after a reboot: ${boot.missing}`] : []),
      ...(lowestPort > 80
        ? [
            `ports below ${lowestPort} cannot be published: sysctl net.ipv4.ip_unprivileged_port_start=80 would allow it`,
          ]
        : []),
    ];
  }

  async #boot({ command }: Connection, options: Options): Promise<BootSupport> {
    const path = await this.#files.command(command, options.env["PATH"]);
    return findBootUnits(this.#files, options, path ?? join("/usr/bin", command));
  }
}

function openCli({ command, globalArgs }: Connection, { env }: RuntimeOptions): PodmanCli {
  return new PodmanCli({ command, globalArgs, env });
}

/** Runs podman for the first time. @throws `RUNTIME_UNAVAILABLE`. */
async function podmanVersion(cli: PodmanCli, signal: AbortSignal | undefined): Promise<string> {
  const { Client, Server } = await cli.json<VersionJson>(
    ["version", "--format=json"],
    { action: "reach podman", fallback: "RUNTIME_UNAVAILABLE" },
    signal === undefined ? {} : { signal },
  );
  const version = (Server ?? Client).Version;
  if (isOlder(version, MIN_VERSION)) {
    throw new K3dError("RUNTIME_UNAVAILABLE", `Podman ${version} is too old`, {
      hint: `Install Podman ${MIN_VERSION} or newer`,
    });
  }
  return version;
}

/** What is known of a podman elsewhere: what it tells itself, and the best of the rest. */
async function remoteFacts(cli: PodmanCli, signal: AbortSignal | undefined): Promise<HostFacts> {
  const { host } = await cli.json<InfoJson>(
    ["info", "--format=json"],
    { action: "ask podman about itself", fallback: "RUNTIME_UNAVAILABLE" },
    signal === undefined ? {} : { signal },
  );
  const backend = host.networkBackendInfo;
  return {
    rootless: host.security.rootless,
    cgroupVersion: host.cgroupVersion === "v1" ? 1 : 2,
    controllers: host.cgroupControllers ?? [],
    dnsServer: backend === undefined || Boolean(backend.dns?.path),
    initProgram: true,
    mayRaiseLimits: !host.security.rootless,
    gpus: false,
  };
}

function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

function sentences(parts: readonly string[]): string {
  return parts.map((part) => `${part[0]?.toUpperCase() ?? ""}${part.slice(1)}`).join(". ");
}
