import { describe, expect, it } from "vitest";
import { assembleConfig, readConfigIdentity } from "./assemble.js";
import { configTemplate } from "./init.js";

const FILE = `apiVersion: k3d.io/v1alpha5
kind: Simple
metadata:
  name: demo
`;

const options = (text: string) => ({
  configPath: "project/k3d.yaml",
  environment: { HOME: "/home/ada", NAME: "demo" },
  workingDirectory: "/work",
  readFile: async () => text,
  readStdin: async () => text,
});

const assemble = (hooks: string, more: object = {}) =>
  assembleConfig({ ...options(`${FILE}hooks:\n${hooks}`), ...more });

describe("hooks of a config file", () => {
  it("know their place, their time limit, and where the host runs them", async () => {
    const { config } = await assemble(`- when: after-create
  command: kubectl apply -f app.yaml
- when: before-stop
  command: sync
  nodeFilters: [server:0]
  timeout: 1m30s
`);
    expect(config.hooks).toMatchObject([
      { timeoutMs: 300_000, place: { kind: "host", directory: "/work/project" } },
      { timeoutMs: 90_000, place: { kind: "nodes", filters: [{ text: "server:0" }] } },
    ]);
  });

  it("leave the variables of commands to the shell, and only those", async () => {
    const { config, warnings } = await assembleConfig(
      options(`${FILE.replace("demo", "$NAME")}hooks:
- when: after-create
  command: echo $K3D_CLUSTER \${HOME}
- when: before-create
  command: |
    for i in 1 2; do echo $i; done
env:
- envVar: HOME_OF_ADA=$HOME
`),
    );
    expect(config.hooks.map(({ command }) => command)).toEqual([
      "echo $K3D_CLUSTER ${HOME}",
      "for i in 1 2; do echo $i; done\n",
    ]);
    expect(config.metadata.name).toBe("demo");
    expect(config.env[0]?.value).toBe("/home/ada");
    expect(warnings).toEqual([]);
  });

  it.each([
    ["- { when: after-lunch, command: x }", "INVALID_CONFIG", "hooks[0].when"],
    ["- { when: after-create }", "INVALID_CONFIG", "hooks[0]"],
    ["- { when: after-create, command: '  ' }", "INVALID_INPUT", "it is empty"],
    [`- { when: after-create, command: "${"x".repeat(9000)}" }`, "INVALID_INPUT", "8192 bytes"],
    ["- { when: after-create, command: x, timeout: soon }", "INVALID_INPUT", "hooks[0].timeout"],
    ["- { when: after-create, command: x, nodeFilters: [agent:3] }", "INVALID_INPUT", "agent"],
    [
      "- { when: before-create, command: x, nodeFilters: [all] }",
      "CONFLICTING_OPTIONS",
      "No node runs at before-create",
    ],
  ])("refuse %s", async (hook, code, part) => {
    await expect(assemble(`${hook}\n`)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part) as string,
    });
  });

  it("of a file that nobody named, or of a snapshot, do not run on this host", async () => {
    const refusal = { code: "INVALID_INPUT", hint: expect.stringContaining("--config") as string };
    const host = "- { when: after-create, command: make-me-rich }\n";
    await expect(assemble(host, { unnamed: true })).rejects.toMatchObject(refusal);
    const base = {
      origin: "Snapshot other",
      config: {
        apiVersion: "k3d.io/v1alpha5",
        kind: "Simple",
        hooks: [{ when: "after-create", command: "make-me-rich" }],
      },
    };
    await expect(assembleConfig({ ...options(FILE), base: base as never })).rejects.toMatchObject(
      refusal,
    );
    const node = "- { when: after-create, command: date, nodeFilters: [server:0] }\n";
    expect((await assemble(node, { unnamed: true })).config.hooks).toHaveLength(1);
  });

  it("are read where nothing else of the file is", async () => {
    const hook = "- { when: after-delete, command: rm -rf cache }\n";
    const { hooks } = await readConfigIdentity(options(`${FILE}hooks:\n${hook}`));
    expect(hooks).toMatchObject([{ place: { kind: "host", directory: "/work/project" } }]);
    await expect(
      readConfigIdentity(
        options(`${FILE}hooks:\n- { when: after-delete, command: x, timeout: -1s }\n`),
      ),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("stand in the template of config init", async () => {
    expect(await configTemplate()).toContain("#  - when: after-create\n#    command: kubectl");
  });
});
