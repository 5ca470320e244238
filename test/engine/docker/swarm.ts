import { randomInt } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { execa } from "execa";
import { poll } from "../host/poll.ts";

const PORT = 2375;
const BRIDGE = "bridge";
const PATIENCE_MS = 60_000;

interface MachineRecord {
  name: string;
  /** Network namespace. */
  namespace: string;
  address: string;
  directory: string;
  /** Process of its dockerd, while it runs. */
  pid?: number;
}

interface SwarmRecord {
  /**
   * Network namespace with the bridge between them: rules of this machine's own engine let no bridge
   * but its own through.
   */
  namespace: string;
  /** This machine's end of its own link to the bridge. */
  uplink: string;
  directory: string;
  machines: MachineRecord[];
}

/** One of them, as tests see it. */
export interface SwarmMachine {
  name: string;
  /** As in `DOCKER_HOST`. */
  host: string;
  /** At which its published ports are reached. */
  address: string;
}

/**
 * Docker engines in network namespaces of their own, in one swarm; all state is in one directory.
 * Nothing of it touches the machine's own engine.
 */
export class Swarm {
  readonly #record: SwarmRecord;

  private constructor(record: SwarmRecord) {
    this.#record = record;
  }

  static from(record: SwarmRecord): Swarm {
    return new Swarm(record);
  }

  /** @param join `false`: the engines stay on their own */
  static async start(count: number, directory: string, join_ = true): Promise<Swarm> {
    const id = randomInt(0x1000, 0xffff).toString(16);
    const net = randomInt(1, 250);
    const namespace = `k3d-${id}`;
    const swarm = new Swarm({ namespace, uplink: `k3d${id}`, directory, machines: [] });
    const { uplink, machines } = swarm.#record;
    mkdirSync(directory, { recursive: true });
    await ip("netns", "add", namespace);
    await ip("-n", namespace, "link", "add", BRIDGE, "type", "bridge");
    await ip("-n", namespace, "link", "set", BRIDGE, "up");
    await ip("link", "add", uplink, "type", "veth", "peer", "name", "host", "netns", namespace);
    await ip("-n", namespace, "link", "set", "host", "master", BRIDGE, "up");
    await ip("addr", "add", `10.213.${net}.1/24`, "dev", uplink);
    await ip("link", "set", uplink, "up");
    for (let index = 0; index < count; index++) {
      const name = `m${index + 1}`;
      const machine: MachineRecord = {
        name,
        namespace: `${namespace}-${name}`,
        address: `10.213.${net}.${11 + index}`,
        directory: join(directory, name),
      };
      machines.push(machine);
      await swarm.#wire(machine, `10.213.${net}.1`);
    }
    await Promise.all(machines.map((machine) => swarm.#boot(machine)));
    if (join_) await swarm.join();
    return swarm;
  }

  get machines(): SwarmMachine[] {
    return this.#record.machines.map(({ name, address }) => ({
      name,
      address,
      host: `tcp://${address}:${PORT}`,
    }));
  }

  toJSON(): SwarmRecord {
    return this.#record;
  }

  /** Makes one swarm of them, managed by the first. */
  async join(): Promise<void> {
    const [first, ...others] = this.#record.machines;
    if (first === undefined) return;
    await this.client(first.name, "swarm", "init", "--advertise-addr", first.address);
    const token = await this.client(first.name, "swarm", "join-token", "-q", "worker");
    for (const { name } of others)
      await this.client(name, "swarm", "join", "--token", token, `${first.address}:2377`);
  }

  async client(name: string, ...args: string[]): Promise<string> {
    const { address } = this.#named(name);
    const { stdout } = await execa("docker", ["--host", `tcp://${address}:${PORT}`, ...args]);
    return stdout;
  }

  /** Copies images from the engine of this machine. */
  async copyImages(images: readonly string[]): Promise<void> {
    await Promise.all(
      this.machines.map(({ host }) =>
        execa("docker", ["save", ...images], { buffer: false }).pipe("docker", [
          "--host",
          host,
          "load",
        ]),
      ),
    );
  }

  /** Runs a command in a machine's network. */
  async inNetworkOf(name: string, ...command: string[]): Promise<string> {
    const { namespace } = this.#named(name);
    const { stdout } = await execa("nsenter", [`--net=/run/netns/${namespace}`, ...command]);
    return stdout;
  }

  /** Ends a machine's daemon and with it its containers. */
  async stop(name: string): Promise<void> {
    const machine = this.#named(name);
    if (machine.pid === undefined) return;
    const { pid } = machine;
    process.kill(pid, "SIGTERM");
    if ((await poll(() => !runs(pid), PATIENCE_MS)) === undefined)
      throw new Error(`dockerd ${pid} does not end`);
    delete machine.pid;
  }

  async start(name: string): Promise<void> {
    await this.#boot(this.#named(name));
  }

  /** Takes the link of a machine away, or gives it back. */
  async link(name: string, state: "up" | "down"): Promise<void> {
    await ip("-n", this.#record.namespace, "link", "set", this.#named(name).name, state);
  }

  async dispose(): Promise<void> {
    const { machines, namespace: hub, uplink, directory } = this.#record;
    for (const { name } of machines) await this.link(name, "up").catch(() => {});
    await Promise.all(
      machines.map(async (machine) => {
        const all = await this.client(machine.name, "ps", "-aq").catch(() => "");
        const ids = all.split("\n").filter(Boolean);
        if (ids.length > 0) await this.client(machine.name, "rm", "-fv", ...ids).catch(() => "");
        await this.stop(machine.name);
      }),
    );
    for (const { namespace } of machines) await ip("netns", "delete", namespace).catch(() => {});
    await ip("link", "delete", uplink).catch(() => {});
    await ip("netns", "delete", hub).catch(() => {});
    await rm(directory, { recursive: true, force: true });
  }

  async #wire({ name, namespace, address }: MachineRecord, gateway: string): Promise<void> {
    const hub = this.#record.namespace;
    await ip("netns", "add", namespace);
    await ip("-n", namespace, "link", "set", "lo", "up");
    const peer = ["type", "veth", "peer", "name", "eth0", "netns", namespace];
    await ip("-n", hub, "link", "add", name, ...peer);
    await ip("-n", hub, "link", "set", name, "master", BRIDGE, "up");
    await ip("-n", namespace, "addr", "add", `${address}/24`, "dev", "eth0");
    await ip("-n", namespace, "link", "set", "eth0", "up");
    await ip("-n", namespace, "route", "add", "default", "via", gateway);
  }

  async #boot(machine: MachineRecord): Promise<void> {
    const { namespace, directory, address } = machine;
    mkdirSync(directory, { recursive: true });
    const log = openSync(join(directory, "dockerd.log"), "a");
    // Not `ip netns exec`: that mounts a fresh /sys, without the cgroup hierarchies.
    const daemon = spawn(
      "nsenter",
      [
        `--net=/run/netns/${namespace}`,
        "dockerd",
        "--data-root",
        join(directory, "data"),
        "--exec-root",
        join(directory, "exec"),
        "--pidfile",
        join(directory, "docker.pid"),
        "--host",
        `unix://${join(directory, "docker.sock")}`,
        "--host",
        `tcp://${address}:${PORT}`,
        "--tls=false",
      ],
      { detached: true, stdio: ["ignore", log, log] },
    );
    closeSync(log);
    daemon.unref();
    machine.pid = daemon.pid;
    const answers = async (): Promise<boolean> => {
      const version = execa("docker", ["--host", `tcp://${address}:${PORT}`, "version"], {
        reject: false,
      });
      return (await version).exitCode === 0;
    };
    if ((await poll(answers, PATIENCE_MS)) === undefined)
      throw new Error(
        `dockerd of ${machine.name} does not answer:\n${readFileSync(join(directory, "dockerd.log"), "utf8").slice(-2000)}`,
      );
  }

  #named(name: string): MachineRecord {
    const machine = this.#record.machines.find((candidate) => candidate.name === name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  }
}

async function ip(...args: string[]): Promise<void> {
  await execa("ip", args);
}

/** A zombie has ended. */
function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
