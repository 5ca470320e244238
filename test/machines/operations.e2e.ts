import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { containersOn, onMachines, possible, type OnMachines } from "./support/on-machines.ts";

/** Longer than a member of etcd takes to be one again. */
const BACK = { timeout: 180_000, interval: 1000 };

describe.runIf(possible)("three servers over three machines", () => {
  let at: OnMachines;
  let cluster: string;
  let registry: string;

  beforeAll(async () => {
    at = await onMachines(true);
    cluster = at.world.name("ha");
    registry = `${cluster}-reg`;
  });
  afterAll(async () => {
    await at?.swarm.dispose();
    await at?.world.dispose();
  });

  const node = (rest: string): string => `k3d-${cluster}-${rest}`;
  const on = (machine: string): Promise<string[]> => containersOn(at.swarm, machine);
  const k3d = (...args: string[]): Promise<string> => at.world.k3d(...args);
  const kept = (): Promise<string> =>
    at.world.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}");
  const whole = () => ["agent-0", "server-0", "server-1", "server-2"].map(node);
  const ready = (nodes: string[]): Promise<void> =>
    vi.waitFor(async () => expect(await at.world.readyNodes()).toEqual(nodes.toSorted()), BACK);
  const everywhere = async () => ({ m1: await on("m1"), m2: await on("m2"), m3: await on("m3") });
  const asMade = () => ({
    m1: [registry, node("agent-0"), node("server-0"), node("serverlb")].toSorted(),
    m2: [node("server-1")],
    m3: [node("server-2")],
  });

  it("are made with a registry that all of them reach", async () => {
    const size = ["--servers", "3", "--agents", "1", "--registry-create", registry];
    await k3d("cluster", "create", cluster, ...size, ...at.flags);
    expect(await everywhere()).toEqual(asMade());
    await ready(whole());
    const [, balancer] = at.images;
    const published = await at.swarm.client("m1", "port", registry, "5000/tcp");
    const image = `localhost:${published.split(":").at(-1)}/pushed:1`;
    await at.swarm.client("m1", "tag", balancer, image);
    await at.swarm.client("m1", "push", image);
    const ask = ["exec", node("server-2"), "wget", "-qO-", `http://${registry}:5000/v2/_catalog`];
    expect(await at.swarm.client("m3", ...ask)).toContain('"pushed"');
    const machines = at.swarm.machines.map(({ name, host }) => `${name}=${host}`).join(",");
    const list = await at.world.run(["registry", "list"], { env: { K3D_MACHINES: machines } });
    expect(list.stdout).toMatch(new RegExp(`MACHINE[^]*${registry} .* m1$`, "m"));
  });

  it("are edited, and applied back to what their file says", async () => {
    await k3d("cluster", "edit", cluster, "--agents", "2");
    expect(await on("m2")).toEqual([node("agent-1"), node("server-1")]);
    await ready([...whole(), node("agent-1")]);
    const size = ["--servers", "3", "--agents", "1", "--registry-create", registry, ...at.flags];
    const differs = await at.world.run(["cluster", "diff", cluster, ...size]);
    expect([differs.exitCode, differs.stdout]).toEqual([1, expect.stringContaining("agent-1")]);
    await k3d("cluster", "apply", cluster, ...size);
    expect(await everywhere()).toEqual(asMade());
    expect(await k3d("cluster", "diff", cluster, ...size)).toContain("as described");
  });

  it("are stopped and started, and their logs written", async () => {
    await at.world.kubectl("create", "configmap", "kept", "--from-literal=a=b");
    await k3d("cluster", "stop", cluster);
    for (const { name } of at.swarm.machines)
      expect(await at.swarm.client(name, "ps", "-q")).toBe("");
    await k3d("cluster", "start", cluster);
    await ready(whole());
    expect(await kept()).toBe("b");
    const logs = join(at.world.home, "logs");
    await k3d("debug", "export-logs", "--cluster", cluster, logs);
    const files = await readdir(logs, { recursive: true });
    for (const name of [...whole(), node("serverlb")]) {
      const log = files.find((file) => file.includes(name) && file.endsWith(".log"));
      expect(log, `a log of ${name}`).toBeDefined();
      expect(await readFile(join(logs, log ?? ""), "utf8")).not.toBe("");
    }
  });

  it("go on when a machine is gone, and are whole when it is back", async () => {
    await at.swarm.stop("m3");
    const { exitCode, stdout, stderr } = await at.world.run(["cluster", "list", cluster]);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/degraded/)]);
    expect(stderr).toContain("Machine m3 cannot be reached");
    // Two of three members of etcd are enough to write.
    await vi.waitFor(
      () => at.world.kubectl("create", "configmap", "meanwhile", "--from-literal=a=c"),
      BACK,
    );
    const edit = await at.world.run(["cluster", "edit", cluster, "--agents", "2"]);
    expect(edit.exitCode).not.toBe(0);
    expect(edit.stderr).toMatch(/machine m3 cannot be reached/i);
    await at.swarm.start("m3");
    await ready(whole());
    expect(await everywhere()).toEqual(asMade());
    const config = ["get", "configmap", "meanwhile", "-o", "jsonpath={.data.a}"];
    const there = ["exec", node("server-2"), "kubectl", ...config];
    await vi.waitFor(async () => expect(await at.swarm.client("m3", ...there)).toBe("c"), BACK);
  });

  it("are cloned on the same machines, and restored in their place", async () => {
    const twin = at.world.name("twin");
    await k3d("cluster", "clone", cluster, twin);
    expect(await on("m2")).toEqual([node("server-1"), `k3d-${twin}-server-1`].toSorted());
    expect(await on("m3")).toEqual([node("server-2"), `k3d-${twin}-server-2`].toSorted());
    expect(await kept()).toBe("b");
    await ready(
      ["agent-0", "server-0", "server-1", "server-2"].map((rest) => `k3d-${twin}-${rest}`),
    );
    await k3d("cluster", "delete", twin);
    expect(await everywhere()).toEqual(asMade());
  });

  it("leave nothing on any machine", async () => {
    await k3d("cluster", "delete", cluster);
    for (const { name } of at.swarm.machines) {
      expect(await on(name)).toEqual([]);
      expect(await at.swarm.client(name, "volume", "ls", "-q")).toBe("");
      const networks = await at.swarm.client(name, "network", "ls", "--format", "{{.Name}}");
      expect(networks).not.toContain(cluster);
    }
  });
});
