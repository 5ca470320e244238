import { maskData, maskText, secretsIn, throwIfAborted, toK3dError } from "../../errors/index.js";
import { LB_CONFIG_PATH, LB_VALUES_PATH } from "../../loadbalancer/values.js";
import type { Clock } from "../../model/clock.js";
import { LABELS } from "../../model/labels.js";
import { runsK3s } from "../../model/roles.js";
import type { ClusterView } from "../../node/views.js";
import { withDetails, type DetailedNode } from "../../observe/details.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { readContainerFile } from "../../runtime/read-file.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { nodeLogs } from "../logs/node-logs.js";
import { execLines } from "./exec-lines.js";
import type { ExportOptions, ExportResult } from "./operations.js";
import { ExportTarget } from "./target.js";

/** Files of nodes that say how they are configured. */
const CONFIG_FILES = [
  "/etc/rancher/k3s/registries.yaml",
  "/etc/rancher/k3s/config.yaml",
  "/etc/resolv.conf",
  "/etc/hosts",
  LB_CONFIG_PATH,
  LB_VALUES_PATH,
];

/** What the API is asked for; the arguments of `kubectl`. */
const KUBECTL: Readonly<Record<string, readonly string[]>> = {
  "events.txt": ["get", "events", "--all-namespaces", "--sort-by=.lastTimestamp"],
  "nodes.txt": ["describe", "nodes"],
  "pods.txt": ["get", "pods", "--all-namespaces", "-o", "wide"],
};

/**
 * Writes into a new directory what is needed to understand what happened to clusters: the nodes'
 * logs, inspections and configuration, and the events and pods that the API tells of. Secrets are
 * `***`. What cannot be had is noted and does not stop the rest.
 *
 * @throws `ALREADY_EXISTS` for a directory with something in it, `NO_SPACE`; nothing is left then
 */
export async function exportLogs(
  deps: { runtime: ContainerRuntime; clock: Clock },
  path: string,
  { clusters: wanted, version, now, signal }: ExportOptions,
): Promise<ExportResult> {
  const options = { signal };
  const { runtime } = deps;
  const all = clusterViews(await listNodes(runtime, options));
  const clusters = all.filter(({ name }) => wanted?.includes(name) ?? true);
  const target = await ExportTarget.open(path);
  const problems: string[] = [];
  try {
    for (const cluster of clusters) {
      await exportCluster(new Exporter(target, problems, signal), deps, cluster);
    }
    const runtimeInfo = await runtime.info(options);
    const about = { k3d: version, made: now, runtime: runtimeInfo, problems };
    await target.text(["about.json"], json(maskData(JSON.parse(JSON.stringify(about)))));
    throwIfAborted(signal);
    await target.finish();
  } catch (error) {
    await target.discard();
    throw error;
  }
  const names = clusters.map(({ name }) => name);
  const files = target.files.toSorted();
  return { directory: target.directory, clusters: names, files, problems };
}

/** Writes one thing after the other; what fails for a reason of the engine is noted. */
class Exporter {
  constructor(
    readonly target: ExportTarget,
    private readonly problems: string[],
    readonly signal: AbortSignal | undefined,
  ) {}

  async attempt(what: string, work: () => Promise<void>): Promise<void> {
    throwIfAborted(this.signal);
    try {
      await work();
    } catch (error) {
      throwIfAborted(this.signal);
      const { code, message } = toK3dError(error);
      if (code === "NO_SPACE" || code === "INVALID_INPUT" || code === "INTERNAL") throw error;
      this.problems.push(maskText(`${what}: ${message}`));
    }
  }
}

async function exportCluster(
  exporter: Exporter,
  deps: { runtime: ContainerRuntime; clock: Clock },
  cluster: ClusterView,
): Promise<void> {
  const { target, signal } = exporter;
  const options = { signal };
  const { runtime } = deps;
  const nodes = await withDetails(runtime, cluster.nodes, options);
  const secrets = secretsOf(nodes);
  const mask = (text: string): string => maskText(text, secrets);
  await target.text([cluster.name, "cluster.json"], masked(cluster, secrets));
  await exporter.attempt(`network of ${cluster.name}`, async () => {
    const network = await runtime.networks.inspect(cluster.network.name, options);
    await target.text([cluster.name, "network.json"], masked(network, secrets));
  });
  for (const node of nodes) {
    const at = (file: string): string[] => [cluster.name, node.name, file];
    await exporter.attempt(`log of ${node.name}`, () =>
      target.lines(at("container.log"), logLines(deps, node, mask, options)),
    );
    if (node.details !== undefined) {
      await target.text(at("inspect.json"), masked(node.details, secrets));
    }
    for (const file of CONFIG_FILES) {
      await exporter.attempt(`${file} of ${node.name}`, async () => {
        const text = await readContainerFile(runtime, node.id, file, options);
        const name = file.split("/").at(-1) ?? file;
        if (text !== undefined) await target.text(at(name), mask(String(maskData(text))));
      });
    }
    if (runsK3s(node) && node.status === "running") {
      await exporter.attempt(`containerd's log of ${node.name}`, () =>
        target.lines(
          at("containerd.log"),
          execLines(runtime, node.id, ["cat", CONTAINERD_LOG], mask, options),
        ),
      );
    }
  }
  const server = nodes.find(({ role, status }) => role === "server" && status === "running");
  if (server === undefined) return;
  for (const [file, args] of Object.entries(KUBECTL)) {
    await exporter.attempt(`${file} of ${cluster.name}`, () =>
      target.lines(
        [cluster.name, file],
        execLines(runtime, server.id, ["kubectl", "--request-timeout=20s", ...args], mask, options),
      ),
    );
  }
}

const CONTAINERD_LOG = "/var/lib/rancher/k3s/agent/containerd/containerd.log";

async function* logLines(
  deps: { runtime: ContainerRuntime; clock: Clock },
  node: DetailedNode,
  mask: (text: string) => string,
  options: { signal?: AbortSignal },
): AsyncGenerator<string> {
  for await (const { timestamp, line } of nodeLogs(deps, [node], options)) {
    yield `${timestamp?.toISOString() ?? ""} ${mask(line)}`.trimStart();
  }
}

/** Tokens and passwords that the nodes were given, wherever they appear. */
function secretsOf(nodes: readonly DetailedNode[]): string[] {
  const all = nodes.flatMap(({ labels, details }) => [
    labels[LABELS.clusterToken] ?? "",
    ...secretsIn(details?.spec.process.env ?? []),
    ...secretsIn(details?.spec.process.args ?? []),
  ]);
  return [...new Set(all.filter(Boolean))];
}

function masked(value: unknown, secrets: readonly string[]): string {
  return maskText(json(maskData(JSON.parse(JSON.stringify(value)))), secrets);
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
