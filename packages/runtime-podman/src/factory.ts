import { join } from "node:path";
import {
  K3dError,
  toK3dError,
  type CallOptions,
  type ConnectionOptions,
  type ContainerRuntime,
  type Detection,
  type RuntimeFactory,
  type RuntimeObstacle,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { findBootUnits, type BootSupport } from "./boot/find-boot-units.js";
import { podmanCapabilities } from "./engine/capabilities.js";
import { cannotRun, PodmanCli } from "./command/podman-cli.js";
import { byLabels, listCommand } from "./containers/inspect.js";
import {
  connectionFrom,
  endpointOf,
  podmanNamedBy,
  remoteHostOf,
  sharesThisMachine,
  withAddress,
  type Connection,
  type ConnectionJson,
} from "./host/connection.js";
import { hostFacts, type HostFacts } from "./host/host-facts.js";
import { HostFiles } from "./host/host-files.js";
import { rootlessObstacles } from "./host/rootless.js";
import type { InfoJson, VersionJson } from "./engine/info.js";

/** Older ones lack `podman cp --archive` or netavark. */
const MIN_VERSION = "4.3";
/** How long a podman service elsewhere may take to answer, in milliseconds. Podman here has the time that it runs. */
const REMOTE_LIMIT_MS = 15_000;

type Options = RuntimeOptions & CallOptions;

/** Podman as a container runtime of k3d. */
export class PodmanFactory implements RuntimeFactory {
  readonly name = "podman";
  readonly contractVersion = 1;
  readonly takesEngine = true;
  readonly #files: HostFiles;

  readonly #remoteLimitMs: number;

  /** @param files the machine that podman runs on; another one in tests, as is the time limit. */
  constructor(files = new HostFiles(), remoteLimitMs = REMOTE_LIMIT_MS) {
    this.#files = files;
    this.#remoteLimitMs = remoteLimitMs;
  }

  async detect(options: Options): Promise<Detection> {
    const connection = connectionFrom(options);
    const endpoint = endpointOf(connection);
    const named = podmanNamedBy(options);
    try {
      const version = await this.#version(openCli(connection, options), connection, options);
      return connection.remote === undefined
        ? { ...(await this.#detectLocal(version, options)), endpoint, named }
        : { available: true, reason: `Podman ${version} answers at ${endpoint}`, endpoint, named };
    } catch (error) {
      const { message: reason, hint } = toK3dError(error);
      return { available: false, reason, hint, endpoint, named };
    }
  }

  async create(options: ConnectionOptions): Promise<ContainerRuntime> {
    const named = connectionFrom(options);
    const cli = openCli(named, options);
    await this.#version(cli, named, options, () => {
      const { firstList, signal } = options;
      if (firstList !== undefined) cli.begin(listCommand(byLabels(firstList)), signal);
    });
    const connection = await located(named, cli, options.signal);
    const local = connection.remote === undefined;
    const facts = local
      ? await hostFacts(this.#files, options.uid ?? 0)
      : await remoteFacts(cli, options.signal);
    const boot = local ? await this.#boot(connection, options) : undefined;
    const bootUnits = boot !== undefined && "units" in boot ? boot.units : undefined;
    const { PodmanRuntime } = await import("./runtime.js");
    return new PodmanRuntime({
      cli,
      capabilities: podmanCapabilities({
        ...facts,
        sharesThisMachine: sharesThisMachine(connection),
        bootUnits: bootUnits !== undefined,
      }),
      pidsLimit: !facts.rootless || facts.cgroupVersion === 2,
      local,
      tempDir:
        options.env["TMPDIR"] || (options.platform === "win32" ? options.homeDir : "/var/tmp"),
      info: {
        endpoint: endpointOf(connection),
        remoteHost: remoteHostOf(connection),
        virtualMachine:
          connection.isMachine ?? (options.platform !== "linux" && named.remote?.url === undefined),
        obstacles: () => (local ? this.#obstacles(facts, options) : Promise.resolve([])),
      },
      bootUnits,
    });
  }

  async #detectLocal(version: string, options: Options): Promise<Detection> {
    const facts = await hostFacts(this.#files, options.uid ?? 0);
    const mode = facts.rootless ? "rootless" : "rootful";
    const found = `Podman ${version}, ${mode}, cgroup v${facts.cgroupVersion}`;
    const obstacles = await this.#obstacles(facts, options);
    if (obstacles.length > 0) {
      return {
        available: false,
        reason: `${found}, but ${obstacles.map(({ reason }) => reason).join("; ")}`,
        hint: sentences(obstacles.map(({ hint }) => hint)),
      };
    }
    const hints = await this.#hints(facts, options);
    return {
      available: true,
      reason: found,
      ...(hints.length === 0 ? {} : { hint: sentences(hints) }),
    };
  }

  /** As {@link podmanVersion}, `beside` which other work may begin with podman here, and `RUNTIME_UNAVAILABLE` when a service elsewhere stays silent. */
  async #version(
    cli: PodmanCli,
    connection: Connection,
    { env, platform, signal }: Options,
    beside: () => void = () => {},
  ): Promise<string> {
    // Most machines have none, and starting a program that is not there takes longer than looking for it.
    const isThere =
      platform === "win32" || !env["PATH"] || this.#files.command(connection.command, env["PATH"]);
    if ((await isThere) === undefined) throw cannotRun(connection.command, "ENOENT");
    if (connection.remote === undefined) {
      const version = podmanVersion(cli, signal);
      beside();
      return version;
    }
    const limit = AbortSignal.timeout(this.#remoteLimitMs);
    try {
      return await podmanVersion(cli, signal ? AbortSignal.any([signal, limit]) : limit);
    } catch (error) {
      if (!limit.aborted || signal?.aborted) throw error;
      throw new K3dError(
        "RUNTIME_UNAVAILABLE",
        `Podman at ${endpointOf(connection)} did not answer within ${this.#remoteLimitMs / 1000} s`,
        { hint: "Check that the service runs and can be reached.", cause: error },
      );
    }
  }

  async #obstacles(facts: HostFacts, { uid = 0, env }: Options): Promise<RuntimeObstacle[]> {
    return facts.rootless ? rootlessObstacles(this.#files, uid, facts, env["PATH"]) : [];
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
    { signal },
  );
  const version = (Server ?? Client).Version;
  if (isOlder(version, MIN_VERSION)) {
    throw new K3dError("RUNTIME_UNAVAILABLE", `Podman ${version} is too old`, {
      hint: `Install Podman ${MIN_VERSION} or newer`,
    });
  }
  return version;
}

/** The connection with its address, where podman knows it by a name: what it publishes is found there. */
async function located(
  connection: Connection,
  cli: PodmanCli,
  signal: AbortSignal | undefined,
): Promise<Connection & { isMachine?: boolean }> {
  if (connection.remote?.connection === undefined) return connection;
  const known = await cli.json<ConnectionJson[] | null>(
    ["system", "connection", "list", "--format=json"],
    { action: "list podman's connections", fallback: "RUNTIME_UNAVAILABLE" },
    { signal },
  );
  return withAddress(connection, known ?? []);
}

/** What is known of a podman elsewhere: what it tells itself, and the best of the rest. */
async function remoteFacts(cli: PodmanCli, signal: AbortSignal | undefined): Promise<HostFacts> {
  const { host } = await cli.json<InfoJson>(
    ["info", "--format=json"],
    { action: "ask podman about itself", fallback: "RUNTIME_UNAVAILABLE" },
    { signal },
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
