import { randomBytes, randomInt } from "node:crypto";
import { execa } from "execa";

/**
 * A machine without an engine: a network namespace with a link to this one. What listens on its
 * loopback is its own; this machine is at `address`.
 */
export class OtherMachine {
  private constructor(
    private readonly id: string,
    /** Address of this machine on the link. */
    readonly address: string,
  ) {}

  static async create(): Promise<OtherMachine> {
    // Of the block for tests between networks (RFC 2544), which nobody routes.
    const prefix = `198.18.${randomInt(256)}.${randomInt(64) * 4}`.split(".");
    const at = (host: number): string =>
      [...prefix.slice(0, 3), Number(prefix[3]) + host].map(String).join(".");
    const machine = new OtherMachine(randomBytes(3).toString("hex"), at(1));
    const { namespace, id } = machine;
    const [here, there] = [`k3dh-${id}`, `k3dc-${id}`];
    await execa("ip", ["netns", "add", namespace]);
    await execa("ip", ["link", "add", here, "type", "veth", "peer", "name", there]);
    await execa("ip", ["link", "set", there, "netns", namespace]);
    await execa("ip", ["addr", "add", `${at(1)}/30`, "dev", here]);
    await execa("ip", ["link", "set", here, "up"]);
    await execa("ip", ["-n", namespace, "addr", "add", `${at(2)}/30`, "dev", there]);
    for (const link of [there, "lo"])
      await execa("ip", ["-n", namespace, "link", "set", link, "up"]);
    return machine;
  }

  private get namespace(): string {
    return `k3d-${this.id}`;
  }

  /** Before a command line: runs it there. */
  get inside(): string[] {
    // Not `ip netns exec`: that mounts a fresh /sys, without the cgroup hierarchies.
    return ["nsenter", `--net=/run/netns/${this.namespace}`];
  }

  async dispose(): Promise<void> {
    await execa("ip", ["netns", "delete", this.namespace]);
  }
}
