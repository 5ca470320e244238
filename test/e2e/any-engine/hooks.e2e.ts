import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import type { World } from "../support/world.js";

const REFUSED = 14;

/** A config file in a directory of its own; `hooks` is YAML. */
async function configFile(w: World, cluster: string, hooks: string): Promise<string> {
  const directory = join(w.home, cluster);
  await mkdir(directory, { recursive: true });
  const file = join(directory, "k3d.yaml");
  const head = `apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata: { name: ${cluster} }\n`;
  await writeFile(file, `${head}hooks:\n${hooks}`);
  return file;
}

const isRunning = async (words: string): Promise<boolean> =>
  (await execa("pgrep", ["-f", `^${words}$`], { reject: false })).exitCode === 0;

onEveryEngine("hooks", (world) => {
  it("run around a cluster's life, on the host for a named file, in nodes for everybody", async () => {
    const w = world();
    const cluster = w.name("hooks");
    const server = `k3d-${cluster}-server-0`;
    const file = await configFile(
      w,
      cluster,
      `- { when: before-create, command: echo "$K3D_HOOK $K3D_CLUSTER" >> told }
- { when: after-create, command: kubectl get nodes -o name >> told }
- { when: after-create, command: "echo $K3D_NODE > /tmp/hook", nodeFilters: ["server:0"] }
- { when: before-stop, command: "echo stop >> /tmp/hook; sleep 75.125", nodeFilters: ["server:0"], timeout: 2s }
- { when: after-delete, command: echo "$K3D_HOOK" >> told }
`,
    );
    const told = (): Promise<string> => readFile(join(w.home, cluster, "told"), "utf8");
    await w.k3d("cluster", "create", "--config", file);
    expect(await told()).toBe(`before-create ${cluster}\nnode/${server}\n`);

    const stopped = await w.run(["cluster", "stop", cluster]);
    expect(stopped.exitCode, stopped.stderr).toBe(REFUSED);
    expect(stopped.stderr).toContain("did not end within 2s");
    expect(await w.engine.client("exec", server, "cat", "/tmp/hook")).toBe(`${server}\nstop`);
    expect(await isRunning("sleep 75.125"), "what the hook started in the node").toBe(false);

    await w.k3d("cluster", "delete", "--config", file);
    expect(await told()).toContain("after-delete");
    expect(await w.traces(cluster)).toEqual([]);
  });

  it("after a creation undo it by failing, and are ended by Ctrl-C with all that they started", async () => {
    const w = world();
    const failing = w.name("hooks");
    const result = await w.run([
      "cluster",
      "create",
      "--config",
      await configFile(w, failing, '- { when: after-create, command: "echo no seed; exit 3" }\n'),
    ]);
    expect(result.exitCode, result.stderr).toBe(REFUSED);
    expect(result.stderr).toMatch(/ended with exit code 3: no seed/);
    expect(await w.traces(failing)).toEqual([]);

    const hanging = w.name("hooks");
    const hook = '- { when: after-create, command: "sleep 76.125 & echo hangs; wait" }\n';
    const running = w.spawn(["cluster", "create", "--config", await configFile(w, hanging, hook)]);
    running.stderr?.on("data", (data: Buffer) => {
      if (String(data).includes("[after-create] hangs")) running.kill("SIGINT");
    });
    const { exitCode, stderr } = await running;
    expect(exitCode, String(stderr)).toBe(130);
    expect(await isRunning("sleep 76.125"), "what the hook started").toBe(false);
    expect(await w.traces(hanging)).toEqual([]);
  });

  it("of a plug-in refuse with a reason; of a broken one are named once", async () => {
    const w = world();
    const cluster = w.name("hooks");
    const plugin = async (name: string, hooks: string): Promise<object> => {
      const root = join(w.home, name);
      await mkdir(root, { recursive: true });
      const k3d = { hooks: "./hooks.js" };
      const pjson = { name, version: "1.0.0", type: "module", k3d };
      await writeFile(join(root, "package.json"), JSON.stringify(pjson));
      await writeFile(join(root, "hooks.js"), hooks);
      return { name, type: "link", root };
    };
    const rules = "if (config.agents > 0) return { refuse: 'no agents here' };";
    const plugins = [
      await plugin("broken-hooks", "throw new Error('out of order');"),
      await plugin("team-rules", `export default { beforeCreate({ config }) { ${rules} } };`),
    ];
    const data = join(w.home, "data");
    await mkdir(data, { recursive: true });
    await writeFile(join(data, "package.json"), JSON.stringify({ oclif: { plugins } }));
    const env = { K3D_DATA_DIR: data };
    const refused = await w.run(["cluster", "create", cluster, "--agents", "1"], { env });
    expect(refused.exitCode, refused.stderr).toBe(REFUSED);
    expect(refused.stderr).toContain(
      `Cluster '${cluster}' is not created: the plug-in team-rules refuses: no agents here`,
    );
    expect(refused.stderr.match(/out of order/g)).toHaveLength(1);
    expect(await w.traces(cluster)).toEqual([]);
    const listed = await w.run(["cluster", "list"], { env });
    expect(listed.exitCode).toBe(0);
    expect(listed.stderr).not.toContain("out of order");
  });
});
