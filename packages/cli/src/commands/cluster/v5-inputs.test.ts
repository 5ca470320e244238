import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryRuntime } from "@k3d/core/testing";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { parse } from "yaml";
import ClusterCreate from "./create.js";

/** What scripts and files made for k3d v5 say, and what comes of it. */
interface Input {
  why: string;
  argv?: string[];
  file?: string;
  env?: Record<string, string>;
  plan: Partial<Look>;
  /** In the warnings. */
  warns?: RegExp;
}

/** What a plan tells of the input. */
interface Look {
  cluster: string;
  network: string;
  nodes: string[];
  sharesPids: boolean | undefined;
  memory: number | undefined;
  balancerPorts: object[] | undefined;
  /** Hosts in the `registries.yaml` of the first node. */
  mirrors: string[];
}

interface Plan {
  cluster: string;
  network: { name: string };
  nodes: {
    name: string;
    role: string;
    spec: { ports: object[]; linux: { hostNamespaces: string[]; resources?: Resources } };
    files: { path: string; content: string }[];
  }[];
}
interface Resources {
  memory?: { limit: number };
}

const look = ({ cluster, network, nodes }: Plan): Look => ({
  cluster,
  network: network.name,
  nodes: nodes.map(({ name }) => name),
  sharesPids: nodes[0]?.spec.linux.hostNamespaces.includes("pid"),
  memory: nodes[0]?.spec.linux.resources?.memory?.limit,
  balancerPorts: nodes.find(({ role }) => role === "loadbalancer")?.spec.ports,
  mirrors: Object.keys(
    (
      parse(nodes[0]?.files.find(({ path }) => path.endsWith("registries.yaml"))?.content ?? "") as
        | { mirrors: object }
        | undefined
    )?.mirrors ?? {},
  ),
});

const HEADER = "apiVersion: k3d.io/v1alpha5\nkind: Simple\n";
const DEFAULT = { cluster: "k3s-default", network: "k3d-k3s-default", memory: undefined };

const INPUTS: Input[] = [
  {
    why: "a variable that v5 does not know does not rename the cluster",
    file: "metadata: { name: from-file }",
    env: { K3D_CLUSTER_NAME: "from-env" },
    plan: { cluster: "from-file" },
  },
  {
    why: "HostPidMode, as v5's migration writes it",
    file: "options: { runtime: { HostPidMode: true } }\nregistries: {}",
    plan: { sharesPids: true },
  },
  {
    why: "HostPidMode that is off",
    file: "options: { k3d: { loadbalancer: {}, timeout: 360000000000, wait: true }, runtime: { HostPidMode: false } }",
    plan: { sharesPids: false },
  },
  {
    why: "empty texts in a file are fields left out",
    file: 'network: ""\ntoken: ""\nimage: ""\nsubnet: ""\nkubeAPI: { host: "", hostIP: "", hostPort: "" }\nmetadata: { name: "" }\noptions: { k3d: { timeout: "" }, runtime: { gpuRequest: "", serversMemory: "", agentsMemory: "" } }\nregistries: { config: "", create: { name: "reg", host: "", hostPort: "", image: "" } }',
    plan: DEFAULT,
  },
  ...[
    "network",
    "token",
    "servers-memory",
    "agents-memory",
    "subnet",
    "gpus",
    "api-port",
    "registry-create",
    "registry-use",
    "registry-config",
    "timeout",
    "port",
    "volume",
    "env",
    "host-alias",
    "k3s-arg",
    "runtime-label",
    "runtime-ulimit",
    "config",
  ].map((flag) => ({
    why: `--${flag} "" is a flag left out`,
    argv: [`--${flag}`, ""],
    plan: DEFAULT,
  })),
  {
    why: "dots in a name",
    file: "metadata: { name: argo.cluster }",
    plan: {
      cluster: "argo.cluster",
      network: "k3d-argo.cluster",
      nodes: ["k3d-argo.cluster-server-0", "k3d-argo.cluster-serverlb"],
    },
  },
  {
    why: "dots in an argument",
    argv: ["argo.cluster"],
    plan: { cluster: "argo.cluster" },
  },
  {
    why: "a registry before all others",
    file: 'registries: { create: { name: reg, image: "ligfx/k3d-registry-dockerd:v0.8", proxy: { remoteURL: "*" }, volumes: ["/var/run/docker.sock:/var/run/docker.sock"] } }',
    plan: { mirrors: ["reg:5000", "*"] },
  },
  {
    why: "an unknown field where v5's schema is open: options.runtime",
    file: 'options: { runtime: { serversMemory: 4096m, serversCPU: "2" } }',
    plan: { memory: 4096 * 2 ** 20 },
    warns: /options\.runtime\.serversCPU/,
  },
  {
    why: "an unknown field where v5's schema is open: registries",
    file: "registries: { usse: [] }",
    plan: { cluster: "k3s-default" },
    warns: /registries\.usse.*"use"/,
  },
  {
    why: "an unknown field where v5's schema is open: hostAliases",
    file: "hostAliases: [{ ip: 1.2.3.4, hostnames: [a], hostname: b }]",
    plan: { cluster: "k3s-default" },
    warns: /hostAliases\[0\]\.hostname.*"hostnames"/,
  },
  {
    why: "a port of the engine's choice",
    argv: ["-p", ":80@loadbalancer"],
    plan: {
      balancerPorts: [
        expect.objectContaining({ containerPort: 6443 }) as object,
        { containerPort: 80, protocol: "tcp" },
      ],
    },
  },
  {
    why: "a marker after the only document",
    file: "metadata: { name: first }\n---",
    plan: { cluster: "first" },
  },
  {
    why: "a document after the first one",
    file: "metadata: { name: first }\n---\nkind: Other\nmetadata: { name: second }",
    plan: { cluster: "first" },
  },
  {
    why: "K3D_CONFIG names the file",
    file: "metadata: { name: from-file }",
    env: { K3D_CONFIG: "k3d.yaml" },
    argv: [],
    plan: { cluster: "from-file" },
  },
  {
    why: "a variable with the path of a field",
    file: "agents: 1",
    env: { K3D_OPTIONS_K3D_DISABLELOADBALANCER: "true", K3D_SERVERS: "3" },
    plan: {
      nodes: ["server-0", "server-1", "server-2", "agent-0"].map(
        (name) => `k3d-k3s-default-${name}`,
      ),
    },
  },
];

let home: string;
let before: string;
beforeAll(async () => {
  before = process.cwd();
  home = await mkdtemp(join(tmpdir(), "k3d-v5-"));
  process.chdir(home);
});
afterAll(async () => {
  process.chdir(before);
  await rm(home, { recursive: true });
});
beforeEach(() => {
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env))
    if (name.startsWith("K3D_")) vi.stubEnv(name, undefined);
  return () => vi.unstubAllEnvs();
});

it.each(INPUTS)("$why", async ({ file, argv, env = {}, plan, warns }) => {
  if (file !== undefined) await writeFile("k3d.yaml", `${HEADER}${file}\n`);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const runtime = new MemoryRuntime({ capabilities: { memoryLimit: true } });
  const given = argv ?? ["-c", "k3d.yaml"];
  const { stdout, stderr, exitCode } = await runCommand(
    ClusterCreate,
    [...given, "--dry-run", "-o", "json"],
    memoryServices(runtime, home),
  );
  expect(exitCode, stderr).toBe(0);
  expect(look(JSON.parse(stdout) as Plan)).toMatchObject(plan);
  if (warns === undefined) expect(stderr).not.toMatch(/Unknown|ignored/);
  else expect(stderr).toMatch(warns);
});
