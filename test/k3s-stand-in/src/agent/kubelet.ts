import { ApiError, messageOf } from "../errors.ts";
import { klog, log } from "../log.ts";
import type { NodeConfig } from "../server/config.ts";
import type { KubeObject } from "../store/types.ts";
import type { Stop } from "./join.ts";
import type { KubeClient } from "./kube-client.ts";
import { parseLabels, requireAllowedLabels } from "./node-labels.ts";
import { nodeObject, nodeStatus, type Roles } from "./node-object.ts";
import { requireKernelAccess } from "./user-namespace.ts";

const registrationRetryMs = 300;

/** Registers the node and keeps its lease and status fresh. */
export class Kubelet {
  readonly #config: NodeConfig;
  readonly #client: KubeClient;
  readonly #roles: Roles;
  readonly #stop: Stop;

  constructor(config: NodeConfig, client: KubeClient, roles: Roles, stop: Stop) {
    this.#config = config;
    this.#client = client;
    this.#roles = roles;
    this.#stop = stop;
  }

  get #path(): string {
    return `/api/v1/nodes/${this.#config.nodeName}`;
  }

  async run(argv: string[], env: NodeJS.ProcessEnv): Promise<void> {
    const { nodeName, knobs } = this.#config;
    const extra = this.#config.options
      .slice("kubelet-arg")
      .map((arg) => ` --${arg.replace(/^-+/, "")}`)
      .join("");
    const labels = this.#config.options.list("node-label").join(",");
    log.info(
      `Running kubelet --address=0.0.0.0 --cgroup-driver=cgroupfs --cluster-dns=10.43.0.10 --cluster-domain=cluster.local --container-runtime-endpoint=unix:///run/k3s/containerd/containerd.sock --hostname-override=${nodeName} --kubeconfig=${this.#config.paths.agent("kubelet.kubeconfig")} --node-ip=${this.#config.nodeIps.join(",")} --node-labels=${labels}${this.#resolvConf()}${extra}`,
    );
    requireAllowedLabels(parseLabels(this.#config.options.list("node-label")));
    requireKernelAccess(this.#config);
    await this.#stop.sleep(knobs.registerDelayMs);
    klog("I", "kubelet_node_status.go:73", `"Attempting to register node" node="${nodeName}"`);
    const wanted = nodeObject(this.#config, this.#roles, argv, env);
    while (!this.#stop.stopped && !(await this.#register(wanted)))
      await this.#stop.sleep(registrationRetryMs);
    if (this.#stop.stopped) return;
    klog("I", "kubelet_node_status.go:76", `"Successfully registered node" node="${nodeName}"`);
    await this.#configure(wanted);
    await this.#heartbeats(Date.now() + knobs.nodeReadyDelayMs);
  }

  #resolvConf(): string {
    const file = this.#config.options.string("resolv-conf");
    return file ? ` --resolv-conf=${file}` : "";
  }

  async #register(wanted: KubeObject): Promise<boolean> {
    try {
      const status = nodeStatus(this.#config, false);
      const found = await this.#client.find(this.#path);
      if (found) {
        klog(
          "I",
          "kubelet_node_status.go:112",
          `"Node was previously registered" node="${this.#config.nodeName}"`,
        );
        const { labels } = wanted.metadata;
        await this.#client.patch(this.#path, { metadata: { labels } });
        await this.#postStatus(status);
      } else await this.#client.request("POST", "/api/v1/nodes", { ...wanted, status });
      await this.#renewLease();
      return true;
    } catch (error) {
      klog(
        "E",
        "kubelet_node_status.go:96",
        `"Unable to register node with API server" err=${JSON.stringify(messageOf(error))} node="${this.#config.nodeName}"`,
      );
      return false;
    }
  }

  /** k3s' own additions to the node. */
  async #configure(wanted: KubeObject): Promise<void> {
    const { labels, annotations } = wanted.metadata;
    while (!this.#stop.stopped) {
      try {
        await this.#client.patch(this.#path, { metadata: { labels, annotations } });
        log.info(
          `Annotations and labels have been set successfully on node: ${this.#config.nodeName}`,
        );
        return;
      } catch (error) {
        log.info(
          `Failed to set annotations and labels on node ${this.#config.nodeName}: ${messageOf(error)}`,
        );
        await this.#stop.sleep(registrationRetryMs);
      }
    }
  }

  async #heartbeats(readyAt: number): Promise<void> {
    const { heartbeatMs, retryMs } = this.#config.knobs;
    let posted = false;
    while (!this.#stop.stopped) {
      const left = readyAt - Date.now();
      let wait = left > 0 ? Math.min(heartbeatMs, left) : heartbeatMs;
      try {
        await this.#renewLease();
        if (left <= 0) {
          if (!posted || !(await this.#looksReady())) await this.#postReady();
          posted = true;
        }
      } catch (error) {
        const gone = error instanceof ApiError && error.code === 404;
        klog(
          "E",
          gone ? "kubelet_node_status.go:487" : "controller.go:195",
          `"Error updating node status, will retry" err=${JSON.stringify(messageOf(error))}`,
        );
        wait = Math.min(heartbeatMs, retryMs);
      }
      await this.#stop.sleep(wait);
    }
  }

  /** Others' conditions stay; the addresses, which may share a type, are replaced as a whole. */
  async #postStatus(status: Record<string, unknown>): Promise<void> {
    const addresses = [...(status["addresses"] as object[]), { $patch: "replace" }];
    await this.#client.patch(`${this.#path}/status`, { status: { ...status, addresses } });
  }

  async #looksReady(): Promise<boolean> {
    const node = await this.#client.request("GET", this.#path);
    const list = (
      (node["status"] as { conditions?: { type: string; status: string }[] } | undefined)
        ?.conditions ?? []
    ).filter(({ type }) => type === "Ready");
    return list.some(({ status }) => status === "True");
  }

  async #postReady(): Promise<void> {
    await this.#postStatus(nodeStatus(this.#config, true));
    const node = await this.#client.request("GET", this.#path);
    const taints = (node["spec"] as { taints?: { key: string }[] } | undefined)?.taints ?? [];
    const kept = taints.filter(
      ({ key }) =>
        !["node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready"].includes(key),
    );
    if (kept.length !== taints.length)
      await this.#client.patch(this.#path, { spec: { taints: kept } }, "merge");
  }

  async #renewLease(): Promise<void> {
    const { nodeName } = this.#config;
    const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    if (await this.#client.find(`${leases}/${nodeName}`))
      await this.#client.patch(`${leases}/${nodeName}`, { spec }, "merge");
    else await this.#client.request("POST", leases, { metadata: { name: nodeName }, spec });
  }
}
