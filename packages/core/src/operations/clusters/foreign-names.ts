import { toK3dError } from "../../errors/index.js";
import { packFiles } from "../../runtime/archive.js";
import { exec } from "../../runtime/run-command.js";
import type { Step } from "../../steps/graph.js";
import { LABELS } from "../../model/labels.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import { COREDNS_HOSTS } from "../../node/entrypoint-parts.js";
import { coreDnsHosts, hostAliasEntries } from "../../node/host-names.js";
import type { CallOptions } from "../../runtime/common.js";
import type { HostEntry } from "../../runtime/container-spec.js";
import { subnetOf } from "../../runtime/subnet.js";
import type { Collaborators } from "../../steps/world.js";

/** Writes its arguments to `/etc/hosts` instead of what it wrote before; the file cannot be replaced, it is mounted. */
const WRITE_HOSTS = `kept=$(grep -v '# k3d$' /etc/hosts)
{ echo "$kept"; for line in "$@"; do echo "$line # k3d"; done; } >/etc/hosts`;

/** The part of the boot script, which goes on in the background until CoreDNS has the names. */
const SERVE_NAMES = `exec >/dev/null 2>&1\n${COREDNS_HOSTS}`;

/**
 * Gives the nodes of a cluster that the Go k3d made `host.k3d.internal` and its host aliases: it
 * writes them at every start itself, where ours have a boot script. Nothing for clusters of ours.
 */
export function foreignNamesStep(
  cluster: ClusterView,
  deps: Collaborators,
  started: readonly Step[],
): Step[] {
  const nodes = cluster.nodes.filter(({ role }) => role === "server" || role === "agent");
  if (nodes.length === 0 || cluster.nodes.some(({ labels }) => LABELS.clusterId in labels))
    return [];
  return [
    {
      id: "names",
      title: "Write the host names that the nodes know",
      needs: started.map(({ id }) => id),
      run: async ({ signal }) => {
        try {
          await writeNames(cluster, nodes, deps, { signal });
        } catch (error) {
          if (signal.aborted) throw error;
          const { message } = toK3dError(error);
          deps.events.emit({ type: "warning", message: `Host names are missing: ${message}` });
        }
      },
    },
  ];
}

async function writeNames(
  cluster: ClusterView,
  nodes: readonly NodeView[],
  { runtime }: Collaborators,
  options: CallOptions,
): Promise<void> {
  const { subnets } = await runtime.networks.inspect(cluster.network.name, options);
  const entries: HostEntry[] = [
    ...nodes
      .flatMap(({ labels }) => aliasesIn(labels[LABELS.hostAliases]))
      .slice(0, 1)
      .flat(),
    ...hostAliasEntries([subnetOf(subnets, 4)?.gateway]),
  ];
  const lines = entries.map(({ ip, hostnames }) => `${ip} ${hostnames.join(" ")}`);
  if (lines.length === 0) return;
  await Promise.all(
    nodes.map(({ id }) => exec(runtime, id, ["sh", "-c", WRITE_HOSTS, "sh", ...lines], options)),
  );
  const server = nodes.find(({ initServer }) => initServer) ?? nodes[0];
  if (server?.role !== "server") return;
  await runtime.containers.putArchive(
    server.id,
    "/",
    await packFiles(coreDnsHosts(entries)),
    options,
  );
  await exec(runtime, server.id, ["sh", "-c", SERVE_NAMES, "sh", "server"], options);
}

/** The label's value, as either tool writes it; nothing for what is none. */
function aliasesIn(label: string | undefined): HostEntry[][] {
  try {
    const value: unknown = label === undefined || label === "" ? [] : JSON.parse(label);
    return Array.isArray(value) && value.length > 0 ? [value as HostEntry[]] : [];
  } catch {
    return [];
  }
}
