import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Config } from "@oclif/core/config";
import { Help } from "@oclif/core/help";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { K3dHelp } from "../help/help.js";
import { newForm } from "./shortcuts.js";
import { runUnknownCommand } from "./unknown-command.js";

const ids = [
  "cluster:list",
  "cluster:create",
  "cluster:delete",
  "cluster:start",
  "cluster:snapshot:list",
  "node:list",
  "version",
  "runtime-info",
];
const config = {
  bin: "k3d",
  commands: ids.map((id) => ({ id })),
  topics: [{ name: "cluster" }, { name: "node" }],
  findTopic: (name: string) => (["cluster", "node"].includes(name) ? { name } : undefined),
  findCommand: (id: string) => (ids.includes(id) ? { id } : undefined),
} as unknown as Config;

describe("unknown commands", () => {
  it.each([
    [
      "cluster:lst",
      "Unknown command: cluster lst",
      "Did you mean k3d cluster list? See: k3d --help",
    ],
    [
      "clster:list",
      "Unknown command: clster list",
      "Did you mean k3d cluster list? See: k3d --help",
    ],
    [
      "cluster:strat:demo",
      "Unknown command: cluster strat demo",
      "Did you mean k3d cluster start? See: k3d --help",
    ],
    ["clutser", "Unknown command: clutser", "Did you mean k3d cluster? See: k3d --help"],
    ["verison", "Unknown command: verison", "Did you mean k3d version? See: k3d --help"],
    ["cluster:xyz", "Unknown command: cluster xyz", "See: k3d cluster --help"],
    ["x".repeat(5000), `Unknown command: ${"x".repeat(5000)}`, "See: k3d --help"],
    ["clutser:xyz", "Unknown command: clutser xyz", "See: k3d cluster --help"],
    [
      "snapshot:list",
      "Unknown command: snapshot list",
      "Did you mean k3d cluster snapshot list? See: k3d --help",
    ],
    [
      "--no-such",
      "Unknown flag --no-such before the command",
      "Flags of a command are written behind its name. See: k3d --help",
    ],
    [
      "shell",
      "Unknown command: shell",
      "Write k3d use CLUSTER: kubectl then talks to it, in every shell. See: k3d --help",
    ],
    ["frobnicate:now", "Unknown command: frobnicate now", "See: k3d --help"],
    [
      "runtime-info:extra:words",
      "Unexpected argument: extra words",
      "See: k3d runtime-info --help",
    ],
  ])("%s", async (id, message, hint) => {
    await expect(runUnknownCommand({ id, config })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message,
      hint,
    });
  });
});

describe("commands of k3d v1, and those with the verb in front", () => {
  const known = new Set([
    ...["create", "delete", "list", "start", "stop"].map((verb) => `cluster:${verb}`),
    "kubeconfig:write",
    "image:import",
    "node:create",
    "node:list",
    "doctor",
  ]);
  const today = (line: string): string | undefined => {
    const all = line.split(" ");
    const flag = all.findIndex((word) => word.startsWith("-"));
    const end = flag < 0 ? all.length : flag;
    const form = newForm(all.slice(0, end), all.slice(end), (id) => known.has(id));
    return form && [...form.command, ...form.argv].join(" ");
  };

  it.each([
    ["create", "cluster create k3s-default"],
    ["create demo", "cluster create demo"],
    [
      "create --name demo --workers 3 -a 6550 --publish 8080:80 -x --disable=traefik",
      "cluster create demo --agents 3 --api-port 6550 --port 8080:80 --k3s-arg --disable=traefik@server:*",
    ],
    ["create -n=demo --agent-arg=--v=3", "cluster create demo --k3s-arg --v=3@agent:*"],
    ["delete", "cluster delete k3s-default"],
    ["delete --all", "cluster delete --all"],
    ["stop -n demo", "cluster stop demo"],
    ["list", "cluster list"],
    ["ls -o json", "cluster list -o json"],
    ["del demo", "cluster delete demo"],
    ["c -n demo", "cluster create demo"],
    ["ct", "doctor"],
    ["i app:dev", "image import app:dev --cluster k3s-default"],
    ["get-kubeconfig --name demo", "kubeconfig write demo"],
    ["import-images app:dev other:1", "image import app:dev other:1 --cluster k3s-default"],
    ["add-node --name demo --count 2", "node create demo-added --cluster demo --replicas 2"],
    ["create cluster demo --agents 1", "cluster create demo --agents 1"],
    ["list nodes -o json", "node list -o json"],
    ["clusters list --no-headers", "cluster list --no-headers"],
    ["nodes create more --cluster demo", "node create more --cluster demo"],
    ["clusters", undefined],
    ["get clusters", undefined],
    ["frobnicate cluster", undefined],
    ["constructor", undefined],
  ])("%s is %s", (line, expected) => {
    expect(today(line)).toBe(expected);
  });

  it("run as they are said today, and say so once", async () => {
    const ran: unknown[] = [];
    const running = {
      ...config,
      runCommand: async (id: string, argv: string[]) => void ran.push([id, argv]),
    } as unknown as Config;
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await runUnknownCommand({ id: "create:demo", argv: ["--agents", "1"], config: running });
    expect(ran).toEqual([["cluster:create", ["demo", "--agents", "1"]]]);
    expect(told.mock.calls).toEqual([
      ['"k3d create demo" is now: k3d cluster create demo --agents 1\n'],
    ]);
    await runUnknownCommand({ id: "", words: ["create", "\u001b[31m"], config: running });
    expect(told.mock.lastCall?.[0]).not.toContain("\u001b");
    told.mockRestore();
  });
});

describe("help", () => {
  let shown: unknown[];
  let help: K3dHelp;
  beforeEach(() => {
    shown = [];
    help = new K3dHelp({ ...config, topicSeparator: " ", plugins: [] } as unknown as Config);
    vi.spyOn(Help.prototype, "showHelp").mockImplementation(async (argv) => {
      shown.push(argv);
    });
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      shown.push(String(text));
      return true;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    [
      ["create", "cluster", "--help"],
      ['"k3d create cluster" is now: k3d cluster create\n', ["cluster", "create"]],
    ],
    [
      ["create", "--name", "demo", "-h"],
      ['"k3d create" is now: k3d cluster create\n', ["cluster", "create"]],
    ],
    [["cluster", "create", "demo", "-h"], [["cluster", "create", "demo", "-h"]]],
    [["cluster", "-h"], [["cluster", "-h"]]],
    [["-h"], [["-h"]]],
  ])("of %j is that of today's command", async (argv, expected) => {
    await help.showHelp(argv);
    expect(shown).toEqual(expected);
  });

  it("of what does not exist names what is near", async () => {
    await expect(help.showHelp(["cluster", "lst", "--help"])).rejects.toMatchObject({
      message: "Unknown command: cluster lst",
      hint: "Did you mean k3d cluster list? See: k3d --help",
    });
  });
});

describe("executables k3d-NAME of PATH", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "k3d-path-"));
    vi.stubEnv("PATH", `${dir}${delimiter}${process.env.PATH ?? ""}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    await rm(dir, { recursive: true });
  });

  it("run with the remaining words and flags, and pass their exit code on", async () => {
    const file = join(dir, "k3d-hello");
    await writeFile(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/args\nexit 7\n`);
    await chmod(file, 0o755);
    await runUnknownCommand({ id: "hello:big:world", argv: ["--flag", "two words"], config });
    expect(process.exitCode).toBe(7);
    expect(await readFile(join(dir, "args"), "utf8")).toBe("big\nworld\n--flag\ntwo words\n");
  });

  it("are asked for their help", async () => {
    const file = join(dir, "k3d-hello");
    await writeFile(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/args\n`);
    await chmod(file, 0o755);
    const help = new K3dHelp(config);
    await help.showHelp(["hello", "big", "--help", "--x"]);
    expect(await readFile(join(dir, "args"), "utf8")).toBe("big\n--help\n--x\n");
    await help.showHelp(["help", "hello"]);
    expect(await readFile(join(dir, "args"), "utf8")).toBe("--help\n");
  });

  it("do not take the place of a topic", async () => {
    const file = join(dir, "k3d-cluster");
    await writeFile(file, "#!/bin/sh\nexit 0\n");
    await chmod(file, 0o755);
    await expect(runUnknownCommand({ id: "cluster:foo", config })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
