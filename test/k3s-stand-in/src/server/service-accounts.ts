import type { Objects } from "../api/objects.ts";
import { findResource, prefixOf, type Resource } from "../api/resources.ts";
import { ApiError, messageOf } from "../errors.ts";
import { log } from "../log.ts";

const nodes = findResource("", "v1", "nodes") as Resource;
const namespaces = findResource("", "v1", "namespaces") as Resource;
const serviceAccounts = findResource("", "v1", "serviceaccounts") as Resource;
const lookAgainMs = 1000;

export interface ServiceAccountSettings {
  objects: Objects;
  /** Milliseconds from the first registered node to the first account. */
  delayMs: number;
  /** Whether to begin without any node, as a control plane without agents must. */
  withoutNodes: boolean;
  /** Whether this server's controllers act now; only one server's do. */
  leads: () => boolean;
}

/**
 * Gives every namespace its service account `default`, without which it takes no pod. In a new
 * cluster the controller manager is at this only some time after the first node has registered.
 */
export class ServiceAccountController {
  readonly #settings: ServiceAccountSettings;
  readonly #stops: (() => void)[] = [];
  #begun = false;
  #work = Promise.resolve();

  constructor(settings: ServiceAccountSettings) {
    this.#settings = settings;
  }

  start(): void {
    const { objects } = this.#settings;
    for (const resource of [namespaces, nodes, serviceAccounts])
      this.#stops.push(
        objects.datastore.state.watch(prefixOf(resource, undefined), objects.revision, () =>
          this.#look(),
        ),
      );
    const timer = setInterval(() => this.#look(), lookAgainMs);
    this.#stops.push(() => clearInterval(timer));
    this.#look();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #look(): void {
    const { objects, leads, delayMs, withoutNodes } = this.#settings;
    if (!leads()) return;
    if (this.#begun || objects.find(serviceAccounts, "default", "default")) return this.#provide();
    if (!withoutNodes && objects.list(nodes).length === 0) return;
    this.#begin(delayMs);
  }

  #timer: NodeJS.Timeout | undefined;

  #begin(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#begun = true;
      this.#look();
    }, delayMs);
    this.#stops.push(() => clearTimeout(this.#timer));
  }

  #provide(): void {
    this.#work = this.#work
      .then(() => this.#create())
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) log.debug(`service accounts: ${messageOf(error)}`);
      });
  }

  async #create(): Promise<void> {
    const { objects } = this.#settings;
    for (const { metadata } of objects.list(namespaces)) {
      if (metadata.deletionTimestamp || objects.find(serviceAccounts, metadata.name, "default"))
        continue;
      await objects.ensure(serviceAccounts, metadata.name, { metadata: { name: "default" } });
    }
  }
}
