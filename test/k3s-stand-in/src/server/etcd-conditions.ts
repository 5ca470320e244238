import { timestamp, type Objects } from "../api/objects.ts";
import { findResource, type Resource } from "../api/resources.ts";
import { ApiError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { EtcdDatastore } from "../store/etcd.ts";
import type { KubeObject } from "../store/types.ts";

const nodes = findResource("", "v1", "nodes") as Resource;

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

const voter: Condition = {
  type: "EtcdIsVoter",
  status: "True",
  reason: "MemberNotLearner",
  message: "Node is a voting member of the etcd cluster",
};
const learner: Condition = {
  type: "EtcdIsVoter",
  status: "False",
  reason: "MemberIsLearner",
  message: "Node has not been promoted to voting member of the etcd cluster",
};
const unjoined: Condition = {
  type: "EtcdIsVoter",
  status: "False",
  reason: "NotAMember",
  message: "Node is not a member of the etcd cluster",
};

function conditionsOf(node: KubeObject): Condition[] {
  return (node["status"] as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}

/**
 * Says on the Node of each server whether it votes in etcd: condition `EtcdIsVoter`. The leader looks
 * at the members in the same step as it promotes them. Source: `manageLearners` in k3s' `pkg/etcd/etcd.go`.
 */
export class EtcdConditions {
  readonly #objects: Objects;
  readonly #etcd: EtcdDatastore;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(objects: Objects, etcd: EtcdDatastore, everyMs: number) {
    this.#objects = objects;
    this.#etcd = etcd;
    this.#everyMs = everyMs;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.#everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#busy || !this.#etcd.leads) return;
    this.#busy = true;
    try {
      for (const node of this.#objects.list(nodes))
        if (node.metadata.labels?.["node-role.kubernetes.io/etcd"] === "true")
          await this.#say(node);
    } catch (error) {
      if (!(error instanceof ApiError)) log.debug(`etcd conditions: ${messageOf(error)}`);
    } finally {
      this.#busy = false;
    }
  }

  async #say(node: KubeObject): Promise<void> {
    const name = node.metadata.annotations?.["etcd.k3s.cattle.io/node-name"];
    const member = this.#etcd.members.find((candidate) => candidate.name === name);
    const wanted = member ? (member.learner ? learner : voter) : unjoined;
    const found = conditionsOf(node).find(({ type }) => type === wanted.type);
    if (found?.status === wanted.status && found.reason === wanted.reason) return;
    const now = timestamp();
    const condition = { ...wanted, lastHeartbeatTime: now, lastTransitionTime: now };
    await this.#objects.update(nodes, "", node.metadata.name, (current) => ({
      ...current,
      status: {
        ...(current["status"] as object),
        conditions: [
          ...conditionsOf(current).filter(({ type }) => type !== wanted.type),
          condition,
        ],
      },
    }));
  }
}
