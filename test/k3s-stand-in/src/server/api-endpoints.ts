import { isIPv6 } from "node:net";
import type { Objects } from "../api/objects.ts";
import { findResource, type Resource } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { KubeObject } from "../store/types.ts";
import type { ServerConfig } from "./config.ts";

const endpoints = findResource("", "v1", "endpoints") as Resource;
const slices = findResource("discovery.k8s.io", "v1", "endpointslices") as Resource;

/** Keys of their own beside the objects, as in a real etcd. */
const prefix = "/masterleases/";

/**
 * Says in Endpoints and EndpointSlice of the service `kubernetes` where the API is: at every server
 * whose lease is renewed. The lease of one that is gone, or was never part of a cluster that was
 * restored from its data, runs out a while after somebody looks for the first time. Source:
 * `pkg/controlplane/reconcilers/lease.go` of Kubernetes.
 */
export class ApiEndpoints {
  readonly #objects: Objects;
  readonly #config: ServerConfig;
  readonly #ip: string;
  /** When a change of each lease was last seen, by this process' clock. */
  readonly #seen = new Map<string, { revision: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(objects: Objects, config: ServerConfig) {
    this.#objects = objects;
    this.#config = config;
    this.#ip = config.options.string("advertise-address") || (config.nodeIps[0] as string);
  }

  start(): void {
    const everyMs = this.#config.knobs.apiLeaseMs / 3;
    this.#timer = setInterval(() => void this.#again(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #again(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.reconcile();
    } catch (error) {
      log.debug(`Resetting endpoints for master service "kubernetes" failed: ${messageOf(error)}`);
    } finally {
      this.#busy = false;
    }
  }

  /** Renews this server's lease, takes away those that ran out, and writes down the others. */
  async reconcile(): Promise<void> {
    const { datastore } = this.#objects;
    const value: KubeObject = { metadata: { name: this.#ip }, renewed: Date.now() };
    await datastore.propose({ type: "put", key: `${prefix}${this.#ip}`, value });
    const addresses: string[] = [];
    for (const { key, entry } of datastore.state.list(prefix)) {
      if (this.#isOver(key, entry.revision))
        await datastore.propose({ type: "delete", key, expect: entry.revision });
      else addresses.push(key.slice(prefix.length));
    }
    await this.#write(addresses.sort());
  }

  #isOver(key: string, revision: number): boolean {
    const seen = this.#seen.get(key);
    if (seen?.revision === revision) return Date.now() - seen.at > this.#config.knobs.apiLeaseMs;
    this.#seen.set(key, { revision, at: Date.now() });
    return false;
  }

  async #write(addresses: string[]): Promise<void> {
    const ports = [{ name: "https", port: this.#config.port, protocol: "TCP" }];
    await this.#objects.ensure(endpoints, "default", {
      metadata: {
        name: "kubernetes",
        labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
      },
      subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }],
    });
    await this.#objects.ensure(slices, "default", {
      metadata: { name: "kubernetes", labels: { "kubernetes.io/service-name": "kubernetes" } },
      addressType: isIPv6(this.#ip) ? "IPv6" : "IPv4",
      endpoints: addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
      ports,
    });
  }
}
