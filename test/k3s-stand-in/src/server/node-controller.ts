import type { Objects } from "../api/objects.ts";
import { findResource, prefixOf, type Resource } from "../api/resources.ts";
import { ApiError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { KubeObject } from "../store/types.ts";
import { timestamp } from "../api/objects.ts";
import { addressInNetwork } from "../net/addresses.ts";
import { forgetNodePassword } from "./node-password.ts";

const nodes = findResource("", "v1", "nodes") as Resource;
const leases = findResource("coordination.k8s.io", "v1", "leases") as Resource;
const configMaps = findResource("", "v1", "configmaps") as Resource;

/** Those that the kubelet posts; others' conditions on a Node stay as they are. */
const kubeletConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastHeartbeatTime?: string;
  lastTransitionTime?: string;
}

export interface NodeControllerSettings {
  objects: Objects;
  graceMs: number;
  clusterCidrs: string[];
  /** Whether this server's controllers act now; only one server's do. */
  leads: () => boolean;
  /** Called for a deleted Node, to take a server out of etcd. */
  onDeleted: (node: KubeObject) => Promise<void>;
}

/** What k3s and the controller manager do with nodes: NotReady without heartbeat, pod networks, CoreDNS' NodeHosts. */
export class NodeController {
  readonly #settings: NodeControllerSettings;
  /** When a change of each node's lease was last seen, by this process' clock. */
  readonly #seen = new Map<string, { renewTime: string; at: number }>();
  readonly #stops: (() => void)[] = [];

  constructor(settings: NodeControllerSettings) {
    this.#settings = settings;
  }

  start(): void {
    const { objects, graceMs } = this.#settings;
    this.#stops.push(
      objects.datastore.state.watch(
        prefixOf(nodes, undefined),
        objects.revision,
        ({ type, value }) => {
          this.#run(type === "DELETED" ? () => this.#deleted(value) : () => this.#changed());
        },
      ),
    );
    this.#run(() => this.#changed());
    const timer = setInterval(
      () => this.#run(() => this.#checkHeartbeats()),
      Math.min(5000, Math.max(100, graceMs / 8)),
    );
    this.#stops.push(() => clearInterval(timer));
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #run(task: () => Promise<void>): void {
    if (!this.#settings.leads()) {
      this.#seen.clear();
      return;
    }
    task().catch((error: unknown) => {
      if (!(error instanceof ApiError && error.code === 404))
        log.debug(`node controller: ${messageOf(error)}`);
    });
  }

  async #changed(): Promise<void> {
    await this.#assignPodNetworks();
    await this.#writeNodeHosts();
  }

  async #deleted(node: KubeObject): Promise<void> {
    const { objects, onDeleted } = this.#settings;
    await forgetNodePassword(objects, node.metadata.name);
    if (objects.find(leases, "kube-node-lease", node.metadata.name))
      await objects.remove(leases, "kube-node-lease", node.metadata.name);
    await this.#writeNodeHosts();
    await onDeleted(node);
  }

  async #assignPodNetworks(): Promise<void> {
    const { objects, clusterCidrs } = this.#settings;
    const all = objects.list(nodes);
    const podCidr = (node: KubeObject): string | undefined =>
      (node["spec"] as { podCIDR?: string } | undefined)?.podCIDR;
    const taken = new Set(all.map(podCidr));
    const [main = ""] = clusterCidrs;
    for (const node of all) {
      if (podCidr(node)) continue;
      const places = Array.from({ length: 256 }, (_unused, index) => index);
      const place = places.find((index) => !taken.has(podNetwork(main, index))) ?? 255;
      const podCIDRs = clusterCidrs.map((cidr) => podNetwork(cidr, place));
      const [podCIDR] = podCIDRs;
      taken.add(podCIDR);
      await objects.update(nodes, "", node.metadata.name, (current) => ({
        ...current,
        spec: { ...(current["spec"] as object), podCIDR, podCIDRs },
      }));
    }
  }

  /**
   * Keeps `<address> <name>` of every node in the CoreDNS ConfigMap. Of what others added the last
   * line of each address stays: `updateCoreDNSConfigMap` in k3s' `pkg/node/controller.go`.
   */
  async #writeNodeHosts(): Promise<void> {
    const { objects } = this.#settings;
    if (!objects.find(configMaps, "kube-system", "coredns")) return;
    const hosts = objects.list(nodes).flatMap((node) => {
      const addresses = (
        (node["status"] as { addresses?: { type: string; address: string }[] } | undefined)
          ?.addresses ?? []
      ).filter(({ type }) => type === "InternalIP");
      return addresses.map(({ address }) => ({ address, name: node.metadata.name }));
    });
    await objects.update(configMaps, "kube-system", "coredns", (current) => {
      const data = (current["data"] ?? {}) as Record<string, string>;
      const names = new Set(objects.list(nodes).map((node) => node.metadata.name));
      const byAddress = new Map<string, string>();
      for (const line of (data["NodeHosts"] ?? "").split("\n")) {
        const [address, ...hostnames] = (line.split("#")[0] ?? "").split(/\s+/).filter(Boolean);
        const [first = ""] = hostnames;
        if (address === undefined || first === "" || names.has(first) || this.#known.has(first))
          continue;
        byAddress.set(address, hostnames.join(" "));
      }
      for (const { address, name } of hosts) byAddress.set(address, name);
      const lines = [...byAddress].map(([address, all]) => `${address} ${all}`).sort();
      return {
        ...current,
        data: { ...data, NodeHosts: lines.map((line) => `${line}\n`).join("") },
      };
    });
    for (const { name } of hosts) this.#known.add(name);
  }

  readonly #known = new Set<string>();

  async #checkHeartbeats(): Promise<void> {
    const { objects, graceMs } = this.#settings;
    for (const node of objects.list(nodes)) {
      const { name } = node.metadata;
      const renewTime = String(
        (
          objects.find(leases, "kube-node-lease", name)?.["spec"] as
            | { renewTime?: string }
            | undefined
        )?.renewTime ?? "",
      );
      const seen = this.#seen.get(name);
      if (!seen || seen.renewTime !== renewTime) {
        this.#seen.set(name, { renewTime, at: Date.now() });
        continue;
      }
      if (Date.now() - seen.at > graceMs) await this.#markUnknown(node);
    }
  }

  async #markUnknown(node: KubeObject): Promise<void> {
    const conditionsOf = (object: KubeObject): Condition[] =>
      (object["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
    const ofKubelet = ({ type }: Condition): boolean => kubeletConditions.includes(type);
    if (
      conditionsOf(node)
        .filter(ofKubelet)
        .every(({ status }) => status === "Unknown")
    )
      return;
    const now = timestamp();
    await this.#settings.objects.update(nodes, "", node.metadata.name, (current) => {
      const silent = {
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: now,
      };
      const conditions = conditionsOf(current).map((condition) =>
        ofKubelet(condition) ? { ...condition, ...silent } : condition,
      );
      const spec = (current["spec"] ?? {}) as { taints?: { key: string; effect: string }[] };
      const kept = (spec.taints ?? []).filter(
        ({ key }) =>
          key !== "node.kubernetes.io/unreachable" && key !== "node.kubernetes.io/not-ready",
      );
      const unreachable = ["NoSchedule", "NoExecute"].map((effect) => ({
        key: "node.kubernetes.io/unreachable",
        effect,
        timeAdded: now,
      }));
      return {
        ...current,
        spec: { ...spec, taints: [...kept, ...unreachable] },
        status: { ...(current["status"] as object), conditions },
      };
    });
  }
}

/** A node's part of the cluster network: a /24, or a /64 of an IPv6 network. */
function podNetwork(clusterCidr: string, index: number): string {
  const [base = ""] = clusterCidr.split("/");
  if (base.includes(":")) {
    const groups = base.replace(/::.*$/, "").split(":");
    const [one, two = "0", three = "0", four = "0"] = groups;
    const place = parseInt(four, 16) + index;
    return `${one}:${two}:${three}${place === 0 ? "" : `:${place.toString(16)}`}::/64`;
  }
  return `${addressInNetwork(clusterCidr, index * 256)}/24`;
}
