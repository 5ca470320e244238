import { K3dError } from "../../packages/core/src/errors/k3d-error.js";
import type { Examination } from "../../packages/core/src/operations/doctor/index.js";
import type {
  JoinedMachine,
  ListedMachine,
} from "../../packages/core/src/operations/machines/index.js";
import type { SnapshotView } from "../../packages/core/src/operations/snapshots/operations.js";
import { observedGraph } from "../../packages/core/src/graph/index.js";
import type { RegistryView } from "../../packages/core/src/registry/view.js";
import { inspectedNode, listedCluster, nodeView } from "../../packages/cli/src/testing/views.js";
import { usageBetween } from "../../packages/cli/src/top/usage.js";
import { versionInfo } from "../../packages/cli/src/version.js";
import { clusterJson } from "../../packages/cli/src/views/compatible.js";
import { snapshotJson } from "../../packages/cli/src/views/snapshots.js";
import { errorObject } from "../../packages/plugin-kit/src/errors/format-error.js";
import { nodeJson } from "../../packages/plugin-kit/src/output/node-json.js";
import { createJsonRenderer } from "../../packages/plugin-kit/src/progress/json.js";
import { timingsJson, type TimingsJson } from "../../packages/plugin-kit/src/timings/report.js";
import { Timeline } from "../../packages/plugin-kit/src/timings/timeline.js";
import { registryJson } from "../../packages/plugin-registry/src/views/json.js";
import { block, GENERATED, paragraphs } from "./markdown.ts";

const cluster = listedCluster({
  nodes: [
    inspectedNode(),
    nodeView({
      name: "k3d-demo-serverlb",
      role: "loadbalancer",
      initServer: false,
      image: "docker.io/library/nginx:1.28-alpine",
    }),
  ],
  volumes: ["k3d-demo-images"],
  loadBalancer: {
    ports: { "6443.tcp": ["k3d-demo-server-0"] },
    settings: { workerConnections: 1024, defaultProxyTimeout: 600 },
  },
});

function usedCluster(seconds: number) {
  const stats = {
    time: new Date(seconds * 1000),
    cpuNanoseconds: seconds * 125e6,
    memoryBytes: 412_000_000,
    memoryLimitBytes: 1_073_741_824,
    tasks: 87,
  };
  const node = inspectedNode();
  const mounts = node.details?.spec.mounts.map((mount) => ({ ...mount, readOnly: false })) ?? [];
  const details = node.details && { ...node.details, mounts };
  return { ...cluster, nodes: [{ ...node, details, stats, imageBytes: 241_000_000 }] };
}

/** The page of JSON shapes; every example is made by the code that prints it. */
export function jsonPage(): string {
  return paragraphs(
    GENERATED,
    "# JSON output",
    "Every command takes `--json`; commands that print one thing or a list also take `-o json` and `-o yaml`. " +
      "The result is the only thing on standard output. Fields are added over time, never renamed or removed " +
      "within a major version. Names in the style of the Go k3d (`State`, `IP`, `portMappings` …) are kept so that " +
      "scripts go on working.",
    "## Clusters",
    "`cluster list` prints a list of these, `cluster start|stop|restart` too. `status`, `statusReason`, `currentContext`, " +
      "`volumes`, `serverLoadBalancer` and what an inspection of the nodes tells are there in lists only. `status` is " +
      "`running`, `degraded`, `starting`, `paused`, `stopped` or `incomplete`. `clusterToken` is there only with " +
      "`cluster list --token`; without it, secrets in the nodes' environment and arguments are `***`.",
    json([clusterJson(cluster, { token: true, currentContext: "k3d-demo" })]),
    "## Nodes",
    "`node list` prints a list of these, `node start|stop` too. `status` is one of the OCI words `creating`, " +
      "`created`, `running`, `paused` and `stopped`, or the engine's `restarting`; `State.Status` is Docker's word, " +
      "`exited` for a stopped node.",
    "The Go k3d prints `volumes`, `env`, `Cmd`, `restart`, `Memory` and the like from the container; so does `node list`, " +
      "with `extraArgs` and `k3sNodeLabels` filled from the command. `node start|stop` print the nodes without them.",
    json([nodeJson(inspectedNode())]),
    "With `--watch` and `-o json` every change is one line with the whole list; with `-o yaml` one document.",
    "## Graphs",
    "`cluster graph -o json` prints what the picture shows. `kind` of a node is `port`, `loadbalancer`, `registry`, `server`, " +
      "`agent`, `node`, `volume` or `directory`; of an edge `publishes`, `forwards` or `mounts`. `state` is `planned` or " +
      "that of the cluster, and `status` of a node is there for containers that are there. Ports of which the engine will choose " +
      "the host's side are `open`.",
    json(observedGraph(cluster)),
    "## Use",
    "`top -o json` prints a list of these. `cpuPercent` is over the last second, 100 for one processor; it, `memoryBytes` and " +
      "`tasks` are there while a node runs, `memoryLimitBytes` where it has a limit, `volumeBytes` where the engine tells sizes of " +
      "volumes: of a node all that it mounts, of a cluster each once.",
    json(
      usageBetween([usedCluster(0)], [usedCluster(1)], new Map([["k3d-demo-images", 38_000_000]])),
    ),
    "## Creating and deleting",
    "`cluster create` prints the cluster, the URL of its API, the kubeconfig that was changed (absent when none was) " +
      "and the warnings:",
    json({
      cluster: "…as in cluster list",
      apiUrl: "https://127.0.0.1:28654",
      kubeconfig: { path: "/home/me/.kube/config", context: "k3d-demo", current: true },
      warnings: [],
    }),
    "`cluster delete` prints for each cluster what was removed:",
    json([
      {
        name: "demo",
        removed: {
          containers: ["k3d-demo-server-0", "k3d-demo-serverlb"],
          networks: ["k3d-demo"],
          volumes: ["k3d-demo-images"],
          kubeconfigEntries: ["k3d-demo", "admin@k3d-demo"],
        },
      },
    ]),
    "`cluster restore` and `cluster clone` print what `cluster create` prints.",
    "## Snapshots",
    "`cluster snapshot create|export|import` print one of these, `cluster snapshot list` a list. `size` is in bytes and " +
      "counts what a snapshot shares with others; `images` are names, `volumes` the directories that were asked for. " +
      "`cluster snapshot delete` prints the names of what it deleted.",
    json([snapshotJson(snapshot)]),
    "## Machines",
    "`machines list` prints one of these for each machine; `group` is the first of them that is in the same group, `nodes` are names of " +
      "nodes of any cluster. One that does not answer has `reason` instead of what its engine tells.",
    json(listedMachines),
    "`machines join` prints what became of each: `outcome` is `began`, `joined` or `already`.",
    json(joinedMachines),
    "## Kubeconfig",
    "`kubeconfig get --json` prints the kubeconfig as JSON. `kubeconfig merge` prints the files written, the contexts " +
      "in them and, where one was made the current one, its name:",
    json({ paths: ["/home/me/.kube/config"], contexts: ["k3d-demo"], current: "k3d-demo" }),
    "## Registries",
    "`registry list` prints a list of these, `registry create|start|stop` too.",
    json([registryJson(registry)]),
    "## Doctor",
    "`doctor` prints what it found. `status` is the worst of the findings: `ok`, `warning` or `problem`, which the exit code " +
      "13 goes with. Of a finding, `check` and `group` (`engine`, `machine`, `network`, `k3d`) are stable, one check may have several; " +
      "`status` may also be `unknown` where it could not be looked at, and `fix` is absent where nothing is to be done.",
    json(examination),
    "## Version",
    json(versionInfo),
    "## Errors",
    "With `--json` a failed command prints this on standard output, besides the text on standard error; with " +
      "`-o json` or `-o yaml` standard output stays empty, as it does in the Go k3d. `hint` and `details` may be absent. The codes are listed under [errors](errors.md).",
    json(
      errorObject(
        new K3dError("ALREADY_EXISTS", "Cluster 'demo' exists already", {
          hint: "Choose another name.",
        }),
      ),
    ),
    "## Progress",
    "`--progress json` prints one object per line on standard error. `type` is `step.started`, `step.progress`, " +
      "`step.finished`, `step.failed`, `warning`, `log` or `error`; `undo` marks steps that take something back, `needs` names the steps that one " +
      "waited for.",
    block("json", progress()),
    "## Timings",
    "`--timings` with `--json`, or with `-o json`, prints one such object on one line of standard error when the command " +
      "has ended. Times are milliseconds since the process began. The parts of `criticalPath` follow each other without a " +
      "gap; one without `id` was no step.",
    json(timings()),
  );
}

const json = (value: unknown): string => block("json", JSON.stringify(value, undefined, 2));

const listedMachines: ListedMachine[] = [
  {
    name: "big",
    reachable: true,
    endpoint: "ssh://me@10.0.0.5",
    engine: "Docker Engine 28.2.2",
    version: "28.2.2",
    manager: true,
    nodes: ["k3d-demo-server-0", "k3d-demo-serverlb"],
    group: "big",
  },
  { name: "small", reachable: false, reason: "10.0.0.6 did not answer within 8 s", nodes: [] },
];

const joinedMachines: JoinedMachine[] = [
  { name: "big", outcome: "already" },
  { name: "small", outcome: "joined" },
];

const snapshot: SnapshotView = {
  name: "before-upgrade",
  cluster: "demo",
  created: new Date("2026-11-22T14:00:00Z"),
  runtime: "docker",
  architecture: "amd64",
  k3sVersion: "v1.36.4+k3s1",
  datastore: "sqlite",
  servers: 1,
  agents: 2,
  images: ["docker.io/library/nginx:1.28-alpine"],
  volumes: ["/var/lib/rancher/k3s/storage"],
  size: 81_788_928,
};

const registry: RegistryView = {
  ...nodeView({
    name: "k3d-cache",
    role: "registry",
    labels: { app: "k3d", "k3d.role": "registry" },
  }),
  role: "registry",
  image: "docker.io/library/registry:2",
  ports: [{ containerPort: 5000, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 5000 }],
  networks: ["k3d-demo"],
  hostIp: "0.0.0.0",
  hostPort: 5000,
  internalPort: 5000,
  proxies: "docker.io",
  tls: false,
  authenticated: false,
  usedBy: ["demo"],
};

const examination: Examination = {
  status: "problem",
  summary: { ok: 1, warning: 0, problem: 1, unknown: 0 },
  findings: [
    {
      check: "engine",
      group: "engine",
      status: "ok",
      message: "Docker Engine 29.1.0, API 1.52 at unix:///var/run/docker.sock (linux/amd64)",
    },
    {
      check: "ports",
      group: "network",
      status: "problem",
      message: "Host port 80/tcp is taken: process 812 (nginx) has it",
      fix: "Choose another host port, or leave it out and k3d picks one that is free.",
    },
  ],
};

function timings(): TimingsJson {
  const timeline = new Timeline();
  const network = { id: "network", title: "Create network k3d-demo" };
  const container = { id: "container:k3d-demo-server-0", title: "Create server k3d-demo-server-0" };
  timeline.record({ type: "step.started", ...network }, 140);
  timeline.record({ type: "step.finished", ...network, elapsedMs: 212 }, 352);
  timeline.record({ type: "step.started", ...container, needs: [network.id] }, 352);
  timeline.record({ type: "step.finished", ...container, elapsedMs: 98 }, 450);
  return timingsJson(timeline.steps, 460);
}

function progress(): string {
  const lines: string[] = [];
  const renderer = createJsonRenderer({
    stream: { write: (line: string) => lines.push(line) > 0 },
    level: "info",
    clock: () => new Date("2026-11-22T14:00:00Z"),
  });
  const step = { id: "network", title: "Create network k3d-demo" };
  renderer.emit({ type: "step.started", ...step });
  renderer.emit({ type: "step.finished", ...step, elapsedMs: 212 });
  const next = { id: "container:k3d-demo-server-0", title: "Create server k3d-demo-server-0" };
  renderer.emit({ type: "step.started", ...next, needs: [step.id] });
  return lines.join("");
}
