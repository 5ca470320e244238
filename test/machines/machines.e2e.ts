import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../engine/host/free-port.ts";
import { type World } from "../e2e/support/world.js";
import type { Swarm } from "../engine/docker/swarm.ts";
import {
  containersOn as containersOnMachine,
  onMachines,
  possible,
} from "./support/on-machines.ts";

interface ListedNode {
  name: string;
  status: string;
  machine?: string;
}

describe.runIf(possible)("a cluster over three machines", () => {
  let swarm: Swarm;
  let world: World;
  let cluster: string;
  let balancerImage: string;
  let ports: { balanced: number; direct: number };

  beforeAll(async () => {
    const at = await onMachines(false);
    ({ world, swarm } = at);
    [, balancerImage] = at.images;
    cluster = `machines-${Math.trunc(performance.timeOrigin).toString(36)}`;
    ports = { balanced: await freePort(), direct: await freePort() };
  });
  afterAll(async () => {
    await swarm?.dispose();
    await world?.dispose();
  });

  const node = (rest: string): string => `k3d-${cluster}-${rest}`;
  const machineFlags = (): string[] =>
    swarm.machines.flatMap(({ name, host }) => ["--machine", `${name}=${host}`]);
  const create = () => [
    "cluster",
    "create",
    cluster,
    "--agents",
    "2",
    ...machineFlags(),
    "--place",
    "server:0@m1",
    "--place",
    "agent:0@m2",
    "--place",
    "agent:1@m3",
    "-p",
    `${ports.balanced}:80@agent:0`,
    "-p",
    `${ports.direct}:80@agent:1:direct`,
  ];
  const containersOn = (machine: string): Promise<string[]> => containersOnMachine(swarm, machine);
  const nodes = async (): Promise<Record<string, string>> => {
    const all = await world.json<ListedNode[]>("node", "list");
    return Object.fromEntries(
      all
        .filter(({ name }) => name.startsWith(node("")) || name.startsWith("k3d-more-"))
        .map(({ name, machine, status }) => [name, `${machine} ${status}`]),
    );
  };
  const whole = () => ({
    [node("server-0")]: "m1 running",
    [node("serverlb")]: "m1 running",
    [node("agent-0")]: "m2 running",
    [node("agent-1")]: "m3 running",
  });
  const get = async (address: string, port: number): Promise<string> =>
    (
      await fetch(`http://${address}:${port}/hostname`, { signal: AbortSignal.timeout(5000) })
    ).text();

  it("is refused while the engines form no swarm, with the commands for it", async () => {
    const { exitCode, stderr } = await world.run(create());
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/m1 is in no group/);
    expect(stderr).toMatch(/k3d machines join[^]*docker swarm init[^]*docker swarm join/);
    for (const { name } of swarm.machines) expect(await containersOn(name)).toEqual([]);
  });

  const swarmOf = (machine: string): Promise<string> =>
    swarm.client(machine, "info", "-f", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}");
  const joining = (...more: string[]) => ["machines", "join", ...machineFlags(), ...more];

  it("leaves all engines as they are when one is in another swarm, or the address cannot be", async () => {
    await swarm.client("m3", "swarm", "init", "--advertise-addr", swarm.machines[2]?.address ?? "");
    const refused = await world.run(joining());
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toMatch(/machine m3 is in another group[^]*docker swarm leave/);
    for (const machine of ["m1", "m2"]) expect(await swarmOf(machine)).toBe("inactive false");
    await swarm.client("m3", "swarm", "leave", "--force");
    const wrong = await world.run(joining("--advertise-addr", "no-such-interface"));
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.stderr).toMatch(/m1 cannot begin a group[^]*in none: m1, m2, m3/);
    for (const { name } of swarm.machines) expect(await swarmOf(name)).toBe("inactive false");
  });

  it("has its engines joined but for one that does not get through, which is told and joined later", async () => {
    const [first] = swarm.machines;
    const rule = ["OUTPUT", "-p", "tcp", "--dport", "2377", "-j", "REJECT"];
    await swarm.inNetworkOf("m3", "iptables", "-I", ...rule);
    const advertise = ["--advertise-addr", `m1=${first?.address}`];
    const part = await world.run(joining(...advertise, "--trace"));
    await swarm.inNetworkOf("m3", "iptables", "-D", ...rule);
    const token = await swarm.client("m1", "swarm", "join-token", "-q", "worker");
    expect(part.exitCode).toBe(6);
    expect(part.stderr).toMatch(/Machine m3 cannot join[^]*In a group now: m1, m2; in none: m3/);
    expect(await swarmOf("m3")).toBe("inactive false");
    const rest = await world.run(joining("--trace", "--json"));
    expect(JSON.parse(rest.stdout)).toEqual([
      { name: "m1", outcome: "already" },
      { name: "m2", outcome: "already" },
      { name: "m3", outcome: "joined" },
    ]);
    expect(await swarmOf("m1")).toBe("active true");
    for (const machine of ["m2", "m3"]) expect(await swarmOf(machine)).toBe("active false");
    const members = await swarm.client("m1", "node", "ls", "--format", "{{.Status}}");
    expect(members.split("\n")).toEqual(["Ready", "Ready", "Ready"]);
    expect(token).toMatch(/^SWMTKN-/);
    for (const { stdout, stderr } of [part, rest]) {
      expect(stdout + stderr).not.toContain("SWMTKN");
      expect(stderr).toContain("groups.join");
    }
    const listed = await world.json<{ name: string; group: string; manager: boolean }[]>(
      "machines",
      "list",
      ...machineFlags(),
    );
    expect(listed.map(({ name, group, manager }) => [name, group, manager])).toEqual([
      ["m1", "m1", true],
      ["m2", "m1", false],
      ["m3", "m1", false],
    ]);
  });

  it("is made with each node on its machine, and works", async () => {
    await world.k3d(...create());
    expect(await containersOn("m1")).toEqual([node("server-0"), node("serverlb")]);
    expect(await containersOn("m2")).toEqual([node("agent-0")]);
    expect(await containersOn("m3")).toEqual([node("agent-1")]);
    await vi.waitFor(
      async () =>
        expect(await world.readyNodes()).toEqual(["agent-0", "agent-1", "server-0"].map(node)),
      { timeout: 60_000, interval: 500 },
    );
    expect(await nodes()).toEqual(whole());
    const addresses = await world.kubectl(
      "get",
      "nodes",
      "-o",
      "jsonpath={.items[*].status.addresses[0].address}",
    );
    const subnet = await swarm.client(
      ...(["m1", "network", "inspect", `k3d-${cluster}`] as const),
      "-f",
      "{{(index .IPAM.Config 0).Subnet}}",
    );
    const prefix = subnet.replace(/\d+\/\d+$/, "");
    expect(addresses.split(" ").filter((address) => address.startsWith(prefix))).toHaveLength(3);
  });

  it("has one network, with the room that VXLAN leaves", async () => {
    const driver = ["network", "inspect", `k3d-${cluster}`, "-f", "{{.Driver}} {{.Attachable}}"];
    expect(await swarm.client("m1", ...driver)).toBe("overlay true");
    const mtu = ["exec", node("agent-0"), "cat", "/sys/class/net/eth0/mtu"];
    expect(await swarm.client("m2", ...mtu)).toBe("1450");
    for (const [machine, from, to] of [
      ["m2", "agent-0", "agent-1"],
      ["m3", "agent-1", "server-0"],
      ["m1", "server-0", "agent-0"],
    ] as const) {
      const ping = ["ping", "-c", "1", "-W", "5", "-s", "1400", node(to)];
      await expect(swarm.client(machine, "exec", node(from), ...ping)).resolves.toContain(
        "1408 bytes",
      );
    }
  });

  it("publishes ports on the machine of the load balancer, and on that of a node", async () => {
    for (const [machine, name] of [
      ["m2", "agent-0"],
      ["m3", "agent-1"],
    ] as const) {
      const serve = "hostname > /tmp/hostname; exec busybox httpd -f -p 80 -h /tmp";
      await swarm.client(machine, "exec", "-d", node(name), "sh", "-c", serve);
    }
    const [m1, , m3] = swarm.machines.map(({ address }) => address) as [string, string, string];
    await vi.waitFor(
      async () => {
        expect((await get(m1, ports.balanced)).trim()).toBe(node("agent-0"));
        expect((await get(m3, ports.direct)).trim()).toBe(node("agent-1"));
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  it("imports an image of the first machine's engine into all nodes", async () => {
    await world.k3d("image", "import", balancerImage, "--cluster", cluster);
    for (const [machine, name] of [
      ["m1", "server-0"],
      ["m2", "agent-0"],
      ["m3", "agent-1"],
    ] as const) {
      const listed = await swarm.client(machine, "exec", node(name), "crictl", "images");
      expect(listed, name).toContain(balancerImage.split(":")[0]);
    }
  });

  it("takes a node in on a machine, tells its log, and lets it go", async () => {
    await world.k3d("node", "create", "more", "--cluster", cluster, "--machine", "m3");
    expect(await containersOn("m3")).toEqual([node("agent-1"), "k3d-more-0"]);
    expect(await nodes()).toEqual({ ...whole(), "k3d-more-0": "m3 running" });
    await vi.waitFor(async () => expect(await world.readyNodes()).toContain("k3d-more-0"), {
      timeout: 60_000,
      interval: 500,
    });
    expect(await world.k3d("logs", node("agent-1"), "--tail", "5")).not.toBe("");
    const { stderr } = await world.run([
      "node",
      "create",
      "other",
      "--cluster",
      cluster,
      "--machine",
      "m4",
    ]);
    expect(stderr).toContain("m1, m2, m3");
    await world.k3d("cluster", "stop", cluster);
    for (const { name } of swarm.machines) expect(await swarm.client(name, "ps", "-q")).toBe("");
    await world.k3d("cluster", "start", cluster);
    expect(await nodes()).toEqual({ ...whole(), "k3d-more-0": "m3 running" });
    await world.k3d("node", "delete", "k3d-more-0");
    expect(await containersOn("m3")).toEqual([node("agent-1")]);
  });

  it("goes on without a machine whose engine is gone, and with it when it is back", async () => {
    await swarm.stop("m3");
    expect(await nodes()).toEqual({ ...whole(), [node("agent-1")]: "m3 unreachable" });
    const listed = await world.run(["cluster", "list", cluster]);
    expect(listed.stderr).toMatch(/Machine m3 cannot be reached/);
    expect(listed.stdout).toMatch(/degraded 3\/4/);
    const grown = await world.run(["node", "create", "more", "--cluster", cluster]);
    expect(grown.exitCode).not.toBe(0);
    expect(grown.stderr).toMatch(/machine m3 cannot be reached/);
    await world.k3d("node", "stop", node("agent-0"));
    await world.k3d("node", "start", node("agent-0"));
    await swarm.start("m3");
    await vi.waitFor(async () => expect(await nodes()).toEqual(whole()), {
      timeout: 120_000,
      interval: 1000,
    });
    await vi.waitFor(
      async () =>
        expect(await world.readyNodes()).toEqual(["agent-0", "agent-1", "server-0"].map(node)),
      { timeout: 120_000, interval: 1000 },
    );
  });

  it("is seen without a machine whose link is cut, and whole when it is mended", async () => {
    await swarm.link("m2", "down");
    try {
      expect(await nodes()).toEqual({ ...whole(), [node("agent-0")]: "m2 unreachable" });
    } finally {
      await swarm.link("m2", "up");
    }
    expect(await nodes()).toEqual(whole());
    const ping = ["exec", node("agent-1"), "ping", "-c", "1", "-W", "2", node("agent-0")];
    await vi.waitFor(() => swarm.client("m3", ...ping), { timeout: 120_000, interval: 1000 });
  });

  it("another user sees that it is not the whole, and touches nothing", async () => {
    const [{ host } = { host: "" }] = swarm.machines;
    const env = { DOCKER_HOST: host, K3D_DATA_DIR: join(world.home, "elsewhere") };
    const { exitCode, stderr } = await world.run(["cluster", "delete", cluster], { env });
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("K3D_MACHINES");
    expect(await containersOn("m1")).toHaveLength(2);
  });

  it("is deleted but for what is out of reach, and then wholly", async () => {
    await swarm.stop("m2");
    const first = await world.run(["cluster", "delete", cluster]);
    expect(first.exitCode).not.toBe(0);
    expect(first.stderr).toContain(`${node("agent-0")} on m2`);
    expect(first.stderr).toContain(`k3d cluster delete ${cluster}`);
    for (const machine of ["m1", "m3"]) expect(await containersOn(machine)).toEqual([]);
    await swarm.start("m2");
    await world.k3d("cluster", "delete", cluster);
    for (const { name } of swarm.machines) {
      expect(await containersOn(name)).toEqual([]);
      expect(await swarm.client(name, "volume", "ls", "-q")).toBe("");
      const networks = await swarm.client(name, "network", "ls", "--format", "{{.Name}}");
      expect(networks).not.toContain(cluster);
    }
    const again = await world.run(["cluster", "delete", cluster]);
    expect(again.stderr).toContain("nothing to delete");
  });
});
