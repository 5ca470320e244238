import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

interface ListedJson {
  name: string;
  status: string;
  currentContext: boolean;
  volumes: string[];
  serverLoadBalancer: { name: string; config: { ports: Record<string, string[]> } };
  nodes: {
    name: string;
    volumes: string[];
    env: string[];
    extraArgs: string[];
    restart: boolean;
    k3sNodeLabels: Record<string, string>;
  }[];
}

onEveryEngine("looking at a cluster, and scripts", (world, engine) => {
  it(
    "tells its state as the engine has it and shows it change, its logs, and all about it without its token",
    { timeout: 300_000 },
    async () => {
      const w = world();
      const name = w.name("look");
      const server = `k3d-${name}-server-0`;
      const agent = `k3d-${name}-agent-0`;
      const args = ["--k3s-arg", "--v=2@server:0", "--k3s-node-label", "zone=a@agent:0"];
      await w.k3d("cluster", "create", name, "--agents", "1", "--token", "mysecrettoken", ...args);
      const list = async (): Promise<ListedJson | undefined> =>
        (await w.json<ListedJson[]>("cluster", "list")).find((cluster) => cluster.name === name);
      // A machine that is busy may answer later than a list waits for.
      await expect.poll(async () => (await list())?.status, { timeout: 60_000 }).toBe("running");
      const listed = await list();
      expect(listed).toMatchObject({
        currentContext: true,
        serverLoadBalancer: {
          name: `k3d-${name}-serverlb`,
          config: { ports: { "6443.tcp": [server] } },
        },
      });
      expect(listed?.volumes).toEqual(
        (await engine.volumes()).filter((volume) => volume.startsWith(`k3d-${name}-`)),
      );
      expect(listed?.nodes.find((node) => node.name === server)).toMatchObject({
        extraArgs: ["--v=2"],
        restart: true,
        env: expect.arrayContaining(["K3S_TOKEN=***"]) as string[],
      });
      expect(listed?.nodes.find((node) => node.name === agent)).toMatchObject({
        k3sNodeLabels: { zone: "a" },
      });
      expect(JSON.stringify(listed)).not.toContain("mysecrettoken");

      expect(await w.json("wait", name, "--for", "ready", "--for", `node=${agent}`)).toMatchObject({
        cluster: name,
      });
      const late = await w.run(["wait", name, "--for", "pod-ready=app=none", "--timeout", "20s"]);
      expect([late.exitCode, late.stderr]).toEqual([
        9,
        expect.stringContaining("no pod with app=none yet"),
      ]);

      const logs = await w.k3d("logs", name, "--since", "1h");
      expect(logs).toMatch(new RegExp(`^${server} +\\| .*node.*${server}`, "m"));
      expect(logs).toMatch(new RegExp(`^${agent} +\\| `, "m"));
      const following = w.spawn(["logs", name, "--follow", "--tail", "1"]);
      await new Promise<void>((resolve) => following.stdout?.once("data", () => resolve()));
      process.kill(following.pid ?? 0, "SIGTERM");
      const followed = await following;
      expect(followed.exitCode).toBe(143);
      expect(String(followed.stderr)).not.toContain("Error");

      const directory = join(w.home, "export");
      await w.k3d("debug", "export-logs", directory, "--cluster", name);
      const files = await readdir(directory, { recursive: true, withFileTypes: true });
      const texts = await Promise.all(
        files
          .filter((file) => file.isFile())
          .map((file) => readFile(join(file.parentPath, file.name), "utf8")),
      );
      expect(texts.join("\n")).toContain(server);
      expect(texts.join("\n")).not.toContain("mysecrettoken");
      const again = await w.run(["debug", "export-logs", directory]);
      expect(again.exitCode).toBe(4);

      await engine.client("stop", agent);
      expect((await list())?.status).toBe("degraded");
      const watching = w.spawn(["cluster", "list", name, "--watch", "--no-headers"]);
      let seen = "";
      const changed = new Promise<void>((resolve) => {
        watching.stdout?.on("data", (chunk: Buffer) => {
          seen += chunk.toString();
          if (seen.includes("running")) resolve();
        });
      });
      await expect.poll(() => seen, { timeout: 20_000 }).toContain("degraded 2/3");
      await w.k3d("node", "start", agent);
      await changed;
      process.kill(watching.pid ?? 0, "SIGINT");
      expect(await watching).toMatchObject({ exitCode: 130, stderr: "" });

      const other = w.name("use");
      await w.k3d("cluster", "create", other, "--no-lb");
      expect(await w.kubectl("config", "current-context")).toBe(`k3d-${other}`);
      await w.k3d("use", name);
      await w.k3d("use", other);
      // kubectl keeps what k3d notes.
      await w.kubectl("config", "set-context", "--current", "--namespace", "default");
      const { stderr } = await w.run(["cluster", "delete", other]);
      expect(stderr).toContain(`Kubeconfig context 'k3d-${name}' is current now`);
      expect(await w.kubectl("config", "current-context")).toBe(`k3d-${name}`);

      await w.k3d("cluster", "stop", name);
      expect((await list())?.status).toBe("stopped");
      expect(await w.kubectl("config", "set-context", "mine")).toContain("mine");
      const deleted = await w.run(["cluster", "delete", name]);
      expect(deleted.stderr).toContain("No kubeconfig context is current now");
      expect(await w.kubectlFails("config", "current-context")).toBe(true);
      expect(await w.traces(name)).toEqual([]);
    },
  );

  it("runs a command with a cluster of its own, and leaves nothing however that ends", async () => {
    const w = world();
    await writeFile(w.kubeconfig, "").catch(() => {});
    const before = await readFile(w.kubeconfig, "utf8").catch(() => "");
    const run = (name: string, script: string) =>
      w.spawn(["run", "--name", name, "--no-lb", "--", "sh", "-c", script]);
    const failing = w.name("run");
    const { exitCode, stdout } = await run(failing, "kubectl get nodes -o name; exit 7");
    expect([exitCode, String(stdout)]).toEqual([7, `node/k3d-${failing}-server-0`]);
    expect(await w.traces(failing)).toEqual([]);
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const name = w.name("run");
      const running = run(name, "echo up; exec sleep 600");
      await new Promise<void>((resolve) => running.stdout?.once("data", () => resolve()));
      // Not by its own method, which kills for good a few seconds later.
      process.kill(running.pid ?? 0, signal);
      expect((await running).exitCode).toBe(code);
      expect(await w.traces(name)).toEqual([]);
    }
    expect(await readFile(w.kubeconfig, "utf8").catch(() => "")).toBe(before);
  });
});
