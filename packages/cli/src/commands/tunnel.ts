import { once } from "node:events";
import { K3dError, type ClusterView, type K3dServices } from "@k3d/core";
import { K3dCommand, renderTable, writeResult } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { forwardsOf, type Forward } from "../tunnel/forwards.js";
import { sshCommand } from "../tunnel/ssh-command.js";
import { openTunnel, type OpenForward } from "../tunnel/open.js";

/** What `tunnel --json` prints once the tunnel is open. */
export interface TunnelResult {
  cluster: string;
  /** Where the cluster is. */
  engine: string;
  forwards: OpenForward[];
}

export default class Tunnel extends K3dCommand<TunnelResult> {
  static override summary = "Reach the ports of a remote cluster on this machine";
  static override description = `Make the Kubernetes API and the published ports of a cluster reachable at 127.0.0.1 on this machine, over the ssh connection to its engine, until Ctrl-C. The engine's machine needs no open port besides that of ssh.

Clusters made with --tunnel have 127.0.0.1 in their kubeconfig. A connection that drops is made again.`;
  static override examples = [
    "<%= config.bin %> tunnel demo",
    {
      description: "Make a cluster that can be reached in no other way, and use it",
      command:
        "<%= config.bin %> cluster create demo --host ssh://me@build.example.org --tunnel && <%= config.bin %> tunnel demo --host ssh://me@build.example.org",
    },
  ];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };

  protected override async execute(): Promise<TunnelResult> {
    const { args } = await this.parse(Tunnel);
    this.endsByInterrupt = true;
    this.printsItself = true;
    const { signal } = this;
    const services = await this.services({ wanted: { clusters: [args.cluster] } });
    await refuseOnThisMachine(services, signal);
    const cluster = await services.clusters.get(args.cluster, { signal });
    const { forwards, left } = forwardsOf(cluster);
    const dial = await dialOf(services, forwards, signal);
    if (forwards.length === 0) {
      throw new K3dError("NOT_FOUND", `Cluster '${cluster.name}' publishes no ports`, {
        hint: `Start it with \`${this.config.bin} cluster start ${cluster.name}\`.`,
      });
    }
    const { portOwner } = services.collaborators.settings;
    const tunnel = await openTunnel(forwards, {
      dial,
      signal,
      portOwner: portOwner && ((port) => portOwner(port, "tcp")),
      onChange: ({ works, reason }) =>
        void this.tell(works ? "info" : "warn", works ? "The tunnel works again" : reason),
    });
    try {
      const { endpoint: engine } = await services.runtime.info({ signal });
      const result = { cluster: cluster.name, engine, forwards: tunnel.forwards };
      for (const port of left) await this.tell("warn", `Port ${port} is left out: ssh carries TCP`);
      writeResult(`${this.#asText(result, cluster)}\n`, process.stdout);
      if (!signal.aborted) await once(signal, "abort");
      return result;
    } finally {
      tunnel.close();
    }
  }

  #asText(result: TunnelResult, cluster: ClusterView): string {
    if (this.format === "json") return JSON.stringify(result, undefined, 2);
    const rows = result.forwards.map(({ localPort, node, containerPort, api }) => [
      `  127.0.0.1:${localPort}`,
      `${node}:${containerPort}`,
      api ? "Kubernetes API" : "",
    ]);
    return [
      `Tunnel to cluster ${result.cluster} at ${result.engine}, until Ctrl-C:`,
      "",
      renderTable(undefined, rows),
      ...directions(result.forwards, cluster),
    ].join("\n");
  }
}

/** How to use the API where the kubeconfig names another address. */
function directions(forwards: readonly OpenForward[], { name, api }: ClusterView): string[] {
  const port = forwards.find((forward) => forward.api)?.localPort;
  if (port === undefined || api === undefined) return [];
  const named = api.clientHost ?? api.host;
  if (["127.0.0.1", "localhost", "0.0.0.0"].includes(named)) return [];
  return [
    "",
    `The kubeconfig of ${name} names ${named}; through the tunnel:`,
    "",
    `  kubectl --server https://127.0.0.1:${port} get nodes`,
  ];
}

/** @throws `UNSUPPORTED` where no tunnel is needed. */
async function refuseOnThisMachine(
  { runtime }: Pick<K3dServices, "runtime">,
  signal: AbortSignal,
): Promise<void> {
  if (runtime.dial !== undefined) return;
  const { endpoint, remoteHost } = await runtime.info({ signal });
  if (remoteHost !== undefined) return;
  throw new K3dError("UNSUPPORTED", `The engine at ${endpoint} is on this machine`, {
    hint: "Its clusters can be reached directly; no tunnel is needed.",
  });
}

/** @throws `UNSUPPORTED` where the way to the engine carries nothing else. */
async function dialOf(
  { runtime }: Pick<K3dServices, "runtime">,
  forwards: readonly Forward[],
  signal: AbortSignal,
): Promise<NonNullable<K3dServices["runtime"]["dial"]>> {
  if (runtime.dial !== undefined) return runtime.dial.bind(runtime);
  const { endpoint } = await runtime.info({ signal });
  throw new K3dError("UNSUPPORTED", `A tunnel cannot use the connection to ${endpoint}`, {
    hint:
      sshCommand(endpoint, forwards) ??
      "Name the engine by an ssh:// address, with --host or DOCKER_HOST.",
  });
}
