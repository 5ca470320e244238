import type { KubeClientFactory, KubeResponse } from "../src/readiness/kube-client.js";
import type { RuntimeCapabilities } from "../src/runtime/capabilities.js";
import type { ContainerRuntime } from "../src/runtime/runtime.js";
import { type MemoryGroup, MemoryRuntime, type MemoryProcess } from "../src/testing/index.js";
import { runsK3s } from "../src/model/roles.js";
import { listNodes } from "../src/observe/nodes.js";
import { resolveConfig } from "../src/config/resolve.js";
import type { SimpleConfig } from "../src/config/simple-config.js";
import { testCollaborators, type TestCollaborators } from "../src/testing/collaborators.js";

export const NODE_IMAGE = "docker.io/rancher/k3s:test";
export const NEW_IMAGE = "docker.io/rancher/k3s:new";

const KUBECONFIG = `clusters:
- cluster: { certificate-authority-data: Y2E= }
users:
- user: { client-certificate-data: Y2VydA==, client-key-data: a2V5 }
`;

/** Kubernetes as the engine's running nodes make it; Node objects stay until they are deleted. */
export class MemoryKube {
  readonly nodes = new Set<string>();
  readonly deleted: string[] = [];
  readonly patched: string[] = [];
  /** What a server whose API is gone answers to all that is asked about nodes. */
  page: KubeResponse | undefined;
  /** Nodes that finalizers keep after their deletion. */
  readonly held = new Map<string, string[]>();
  /** Nodes that are members of etcd. */
  readonly members = new Set<string>();
  kubelet = "v1.33.4+k3s1";
  /** Running nodes that have not registered yet. */
  readonly late = new Set<string>();
  /** Where the API answers: a new server's own begins to after somebody asked. */
  private addresses: (string | undefined)[] = [];

  constructor(private readonly runtime: ContainerRuntime) {}

  readonly clients: KubeClientFactory = (entries) => ({
    entries,
    url: entries.cluster.server,
    send: async ({ method = "GET", path }) => this.answer(method, path),
  });

  private async answer(method: string, path: string): Promise<KubeResponse> {
    const running = (await listNodes(this.runtime)).filter(
      (node) => runsK3s(node) && node.status === "running",
    );
    if (!running.some(({ role }) => role === "server")) throw new Error("ECONNREFUSED");
    const seen = await Promise.all(running.map(({ id }) => this.runtime.containers.inspect(id)));
    // The kubelet goes by its host name, whatever its container is called.
    const here = seen.map(({ hostname }) => hostname).filter((name) => !this.late.has(name));
    for (const name of here) this.nodes.add(name);
    if (method === "DELETE") {
      const name = path.split("/").at(-1) ?? "";
      this.deleted.push(path);
      if (!this.held.has(name)) this.nodes.delete(name);
      return { status: 200, body: "{}" };
    }
    if (method === "PATCH") this.patched.push(path);
    if (method === "POST") return { status: 201, body: "{}" };
    if (path === "/api/v1/nodes") return list([...this.nodes].map((name) => this.nodeOf(name)));
    if (path.includes("leases")) {
      const renewTime = new Date(Date.now() + 1000).toISOString();
      return list(here.map((name) => ({ metadata: { name }, spec: { renewTime } })));
    }
    if (path.endsWith("/endpointslices/kubernetes")) {
      const { addresses } = this;
      const servers = running.filter(({ role }) => role === "server");
      const infos = await Promise.all(servers.map(({ id }) => this.runtime.containers.inspect(id)));
      this.addresses = infos.flatMap(({ networks }) =>
        networks.map(({ ipv4Address }) => ipv4Address),
      );
      return { status: 200, body: JSON.stringify({ endpoints: [{ addresses }] }) };
    }
    const [, one] = /^\/api\/v1\/nodes\/(.+)$/.exec(path) ?? [];
    if (one !== undefined && this.page !== undefined) return this.page;
    const missing = method === "GET" && one !== undefined && !this.nodes.has(one);
    if (missing) return { status: 404, body: JSON.stringify({ reason: "NotFound" }) };
    return { status: 200, body: one === undefined ? "{}" : JSON.stringify(this.nodeOf(one)) };
  }

  private nodeOf(name: string) {
    return {
      metadata: {
        name,
        labels: this.members.has(name) ? { "node-role.kubernetes.io/etcd": "true" } : {},
        finalizers: this.held.get(name),
      },
      status: { ...READY, nodeInfo: { kubeletVersion: this.kubelet } },
    };
  }
}

const READY = { conditions: [{ type: "Ready", status: "True" }] };

const list = (items: unknown[]): KubeResponse => ({ status: 200, body: JSON.stringify({ items }) });

/** An engine in memory whose servers write a kubeconfig, with a Kubernetes that follows its nodes. */
export function memoryEngine(
  group?: MemoryGroup,
  capabilities?: Partial<RuntimeCapabilities>,
  nodeVolumes: string[] = [],
): MemoryRuntime {
  const runtime = new MemoryRuntime({
    group,
    images: [
      { reference: NODE_IMAGE, volumes: nodeVolumes },
      NEW_IMAGE,
      "docker.io/library/nginx:test",
      "docker.io/library/registry:test",
    ],
    capabilities: { memoryLimit: true, ...capabilities },
  });
  runtime.programs((process) => {
    if (process.kind === "exec") return run;
    return process.args.includes("server") ? serve : undefined;
  });
  return runtime;
}

/** Commands in nodes: of those that change files, `rm` is the one that k3d runs. */
function run({ args: [command, ...args], files }: MemoryProcess): number {
  if (command === "rm")
    for (const path of args.filter((arg) => !arg.startsWith("-"))) files.remove(path);
  return 0;
}

/** Has the containerd of these nodes read a file for each registry host, as that of current k3s does. */
export function readHostFiles(engine: MemoryRuntime, ...nodes: string[]): void {
  const directory = "/var/lib/rancher/k3s/agent/etc/containerd";
  for (const node of nodes)
    engine
      .files(node)
      .writeText(`${directory}/config.toml`, `config_path = "${directory}/certs.d"\n`);
}

/** A registry that stands on its own and runs. */
export async function addRegistry(
  engine: MemoryRuntime,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const id = await engine.containers.create({
    name,
    image: "docker.io/library/registry:test",
    process: { env: [] },
    mounts: [],
    linux: {},
    networks: [],
    ports: [],
    labels: {
      app: "k3d",
      "k3d.role": "registry",
      "k3s.registry.port.internal": "5000",
      ...labels,
    },
  });
  await engine.containers.start(id);
}

/** Where a server keeps its objects, which it makes when there are none. */
export const DATASTORE = "/var/lib/rancher/k3s/server/db/state.db";

async function serve(process: MemoryProcess): Promise<number> {
  if (process.files.get(DATASTORE) === undefined)
    process.files.writeText(DATASTORE, `objects of ${process.container}`);
  process.files.set("/output/kubeconfig.yaml", {
    type: "file",
    data: Buffer.from(KUBECONFIG),
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: new Date(),
  });
  await process.signalled;
  return 0;
}

/** Collaborators on `runtime`, whose Kubernetes is told by `engine` without its faults; nothing waits for real. */
export function memoryDeps(
  engine: MemoryRuntime,
  runtime: ContainerRuntime,
  home: string,
): TestCollaborators & { memoryKube: MemoryKube } {
  const memoryKube = new MemoryKube(engine);
  const started = performance.now();
  let slept = 0;
  return {
    ...testCollaborators(engine, { home }),
    runtime,
    kube: memoryKube.clients,
    clock: {
      now: () => performance.now() - started + slept,
      sleep: async (ms, signal) => {
        slept += ms;
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
      },
    },
    memoryKube,
  };
}

export const memoryConfig = (config: Partial<SimpleConfig> = {}) =>
  resolveConfig({
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: "demo" },
    image: NODE_IMAGE,
    ...config,
  });

/** Everything on the engine, by name: what is left of a failed operation shows here. */
export async function inventory(runtime: ContainerRuntime): Promise<string[]> {
  const [containers, networks, volumes] = await Promise.all([
    runtime.containers.list(),
    runtime.networks.list(),
    runtime.volumes.list(),
  ]);
  return [
    ...containers.map(({ name, status }) => `container ${name} ${status}`),
    ...networks.map(({ name }) => `network ${name}`),
    ...volumes.map(({ name }) => `volume ${name}`),
  ].toSorted();
}
