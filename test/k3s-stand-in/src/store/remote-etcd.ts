import { log } from "../log.ts";
import { messageOf } from "../errors.ts";
import { EtcdGateway, type GatewayKeyValue, type GatewaySettings } from "./etcd-gateway.ts";
import { Progress } from "./progress.ts";
import { State } from "./state.ts";
import {
  type Datastore,
  DatastoreUnavailable,
  type KubeObject,
  type Operation,
  type Outcome,
} from "./types.ts";

const prefix = "/registry";
const timeoutMs = 5000;
const reconnectMs = 500;

const encode = (text: string): string => Buffer.from(text).toString("base64");
const decode = (text: string): string => Buffer.from(text, "base64").toString("utf8");
const after = (text: string): string =>
  encode(`${text.slice(0, -1)}${String.fromCharCode(text.charCodeAt(text.length - 1) + 1)}`);

interface Header {
  revision: string;
}

interface WatchLine {
  result?: {
    header: Header;
    canceled?: boolean;
    events?: { type?: "PUT" | "DELETE"; kv: GatewayKeyValue }[];
  };
}

/** An external etcd cluster that several servers share, mirrored into memory by a watch. */
export class RemoteEtcdDatastore implements Datastore {
  readonly state = new State();
  readonly #gateway: EtcdGateway;
  readonly #progress = new Progress();
  #connected = false;
  #closed = false;
  #stopWatch: (() => void) | undefined;

  private constructor(gateway: EtcdGateway) {
    this.#gateway = gateway;
  }

  /** Throws when the cluster cannot be reached. */
  static async connect(settings: GatewaySettings): Promise<RemoteEtcdDatastore> {
    const store = new RemoteEtcdDatastore(new EtcdGateway(settings));
    await store.#load();
    void store.#follow();
    return store;
  }

  healthy(): boolean {
    return this.#connected;
  }

  async propose(operation: Operation): Promise<Outcome> {
    const key = encode(prefix + operation.key);
    const compare =
      operation.expect === undefined
        ? []
        : [{ key, target: "MOD", mod_revision: String(operation.expect), result: "EQUAL" }];
    const exists = { key, target: "CREATE", create_revision: "0", result: "GREATER" };
    const change =
      operation.type === "put"
        ? { request_put: { key, value: encode(JSON.stringify(operation.value)) } }
        : { request_delete_range: { key } };
    const answer = await this.#call<{
      header: Header;
      succeeded?: boolean;
      responses?: { response_range?: { kvs?: GatewayKeyValue[] } }[];
    }>("/v3/kv/txn", {
      compare: operation.type === "delete" ? [...compare, exists] : compare,
      success: [change],
      failure: [{ request_range: { key } }],
    });
    const revision = Number(answer.header.revision);
    await this.#reached(revision);
    if (answer.succeeded) return { ok: true, revision };
    return {
      ok: false,
      current: Number(answer.responses?.[0]?.response_range?.kvs?.[0]?.mod_revision ?? 0),
    };
  }

  async barrier(): Promise<void> {
    const { header } = await this.#call<{ header: Header }>("/v3/kv/range", {
      key: encode(prefix),
      count_only: true,
    });
    await this.#reached(Number(header.revision));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#stopWatch?.();
    this.#progress.stop();
    return Promise.resolve();
  }

  async #call<T>(path: string, body: unknown): Promise<T> {
    try {
      return await this.#gateway.call<T>(path, body, timeoutMs);
    } catch (error) {
      throw new DatastoreUnavailable(messageOf(error));
    }
  }

  #reached(revision: number): Promise<void> {
    return this.#progress.waitFor(() => this.state.revision >= revision, timeoutMs);
  }

  async #load(): Promise<void> {
    const answer = await this.#gateway.call<{ header: Header; kvs?: GatewayKeyValue[] }>(
      "/v3/kv/range",
      { key: encode(prefix), range_end: after(prefix) },
    );
    this.state.restore({
      revision: Number(answer.header.revision),
      entries: (answer.kvs ?? []).map((kv) => [
        decode(kv.key).slice(prefix.length),
        JSON.parse(decode(kv.value ?? "")) as KubeObject,
        Number(kv.mod_revision),
      ]),
    });
    this.#connected = true;
    this.#progress.wake();
  }

  /** Watches every key, so that each revision of the cluster is seen; starts over when the connection is lost. */
  async #follow(): Promise<void> {
    while (!this.#closed) {
      try {
        if (!this.#connected) await this.#load();
        const request = {
          create_request: {
            key: "AA==",
            range_end: "AA==",
            start_revision: String(this.state.revision + 1),
          },
        };
        await this.#gateway.stream(
          "/v3/watch",
          request,
          (line) => this.#onLine(line as WatchLine),
          (stop) => (this.#stopWatch = stop),
        );
      } catch (error) {
        log.debug(`watch of the datastore: ${messageOf(error)}`);
      }
      this.#connected = false;
      if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, reconnectMs));
    }
  }

  #onLine({ result }: WatchLine): void {
    if (!result) return;
    if (result.canceled) this.#stopWatch?.();
    // Every revision of the cluster comes as an event, so that the last event says how far this mirror is;
    // the header's revision may be ahead of events that are still to come.
    for (const { type, kv } of result.events ?? []) {
      const key = decode(kv.key);
      const revision = Number(kv.mod_revision);
      if (key.startsWith(prefix)) {
        const value =
          type === "DELETE" ? undefined : (JSON.parse(decode(kv.value ?? "")) as KubeObject);
        this.state.follow(key.slice(prefix.length), value, revision);
      } else this.state.advance(revision);
    }
    this.#progress.wake();
  }
}
