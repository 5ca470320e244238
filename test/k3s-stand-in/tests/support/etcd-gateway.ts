import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../../src/net/body.ts";

interface Stored {
  value: string;
  created: number;
  modified: number;
}

interface Compare {
  key: string;
  target: "MOD" | "CREATE";
  mod_revision?: string;
  create_revision?: string;
  result: "EQUAL" | "GREATER";
}

interface Change {
  request_put?: { key: string; value: string };
  request_delete_range?: { key: string };
}

/** An in-memory etcd as its JSON gateway shows it: ranges, transactions, watches. */
export class TestEtcd {
  readonly #keys = new Map<string, Stored>();
  readonly #watchers = new Set<ServerResponse>();
  readonly #history: { revision: number; line: string }[] = [];
  #revision = 1;
  #server: Server | undefined;

  async start(port = 0): Promise<this> {
    this.#server = createServer((request, response) => {
      void readBody(request).then((text) =>
        this.#answer(request.url ?? "", JSON.parse(text) as Record<string, unknown>, response),
      );
    });
    await new Promise<void>((resolve) => this.#server?.listen(port, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #answer(path: string, body: Record<string, unknown>, response: ServerResponse): void {
    const header = { revision: String(this.#revision) };
    if (path === "/v3/kv/range") {
      const prefix = decode(body["key"] as string);
      const kvs = [...this.#keys]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, stored]) => shown(key, stored));
      response.end(
        JSON.stringify({
          header,
          ...(body["count_only"] ? { count: String(kvs.length) } : { kvs }),
        }),
      );
    } else if (path === "/v3/kv/txn") response.end(JSON.stringify(this.#transact(body as never)));
    else if (path === "/v3/watch") {
      this.#watchers.add(response);
      response.on("close", () => this.#watchers.delete(response));
      response.write(`${JSON.stringify({ result: { header, created: true } })}\n`);
      const since = Number((body["create_request"] as { start_revision: string }).start_revision);
      for (const { revision, line } of this.#history) if (revision >= since) response.write(line);
    } else response.writeHead(404).end("{}");
  }

  #transact({
    compare,
    success,
    failure,
  }: {
    compare: Compare[];
    success: Change[];
    failure: { request_range: { key: string } }[];
  }): object {
    const holds = compare.every(
      ({ key, target, mod_revision: mod, create_revision: create, result }) => {
        const stored = this.#keys.get(decode(key));
        const value = target === "MOD" ? (stored?.modified ?? 0) : (stored?.created ?? 0);
        const wanted = Number((target === "MOD" ? mod : create) ?? 0);
        return result === "EQUAL" ? value === wanted : value > wanted;
      },
    );
    if (holds) for (const change of success) this.#change(change);
    const responses = holds
      ? []
      : failure.map(({ request_range: { key } }) => {
          const stored = this.#keys.get(decode(key));
          return { response_range: { kvs: stored ? [shown(decode(key), stored)] : [] } };
        });
    return { header: { revision: String(this.#revision) }, succeeded: holds, responses };
  }

  #change({ request_put: put, request_delete_range: remove }: Change): void {
    this.#revision += 1;
    const key = decode((put ?? remove)?.key ?? "");
    const created = this.#keys.get(key)?.created ?? this.#revision;
    if (put) this.#keys.set(key, { value: put.value, created, modified: this.#revision });
    else this.#keys.delete(key);
    const kv = put
      ? shown(key, this.#keys.get(key) as Stored)
      : { key: encode(key), mod_revision: String(this.#revision) };
    const event = {
      result: {
        header: { revision: String(this.#revision) },
        events: [{ ...(remove ? { type: "DELETE" } : {}), kv }],
      },
    };
    const line = `${JSON.stringify(event)}\n`;
    this.#history.push({ revision: this.#revision, line });
    for (const watcher of this.#watchers) watcher.write(line);
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}

function shown(key: string, { value, modified }: Stored): object {
  return { key: encode(key), value, mod_revision: String(modified) };
}
