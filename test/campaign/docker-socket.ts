import type { ChildProcess } from "node:child_process";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import { type Socket, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import {
  ANSWER_FAULTS,
  type Fault,
  type Saboteur,
  SIGNAL_FAULTS,
  isSignal,
  signal,
} from "./fault.ts";

const LATE_MS = 700;

/** A socket in front of Docker's that loses, cuts, delays or falsifies the answer to the N-th request. */
export async function dockerSocket(
  path: string,
  engine = "/var/run/docker.sock",
): Promise<Saboteur> {
  const volumes = new Set<string>();
  const held = new Set<Socket>();
  let count = 0;
  let fault: Fault | undefined;
  let run: () => ChildProcess | undefined = () => undefined;
  let struck: string | undefined;

  /** The fault that meets this request. */
  const meets = ({ method, url = "" }: IncomingMessage): Fault | undefined => {
    // Every client asks who is there and which version it speaks; these count like all others.
    count += 1;
    if (fault === undefined || count !== fault.nth) return undefined;
    struck = `${method} ${url.replace(/^\/v[\d.]+/, "").replace(/\?.*/, "")}`;
    if (isSignal(fault.kind) || fault.kind === "hang") signal(run(), fault.kind);
    return fault;
  };

  const ask = async (from: IncomingMessage, body: Buffer): Promise<Answer> => {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const { method, url, headers } = from;
      const asked = request({ socketPath: engine, method, path: url, headers }, resolve);
      asked.once("error", reject);
      asked.end(body);
    });
    return {
      status: answer.statusCode ?? 500,
      headers: answer.headers,
      body: await buffer(answer),
    };
  };

  const serve = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const met = meets(from);
    if (met === undefined || isSignal(met.kind)) {
      await pass(from, to, engine);
      return;
    }
    const body = await buffer(from);
    switch (met.kind) {
      case "fail":
        from.socket.destroy();
        return;
      case "hang":
        held.add(from.socket);
        return;
      case "lie":
        send(to, lieTo(from));
        return;
      case "late":
        await delay(LATE_MS);
        send(to, await ask(from, body));
        return;
      case "cut": {
        const answer = await ask(from, body);
        const { "transfer-encoding": _chunked, ...headers } = answer.headers;
        to.writeHead(answer.status, { ...headers, "content-length": answer.body.length + 1 });
        to.write(answer.body.subarray(0, answer.body.length / 2), () => from.socket.destroy());
        return;
      }
      default:
        await ask(from, body);
        from.socket.destroy();
    }
  };

  const remember = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const making = from.method === "POST" && /\/containers\/create\?/.test(from.url ?? "");
    await serve(from, to);
    if (!making) return;
    const name = new URL(from.url ?? "", "http://engine").searchParams.get("name") ?? "";
    for (const volume of await volumesOf(name, engine)) volumes.add(volume);
  };

  const server = createServer((from, to) => {
    remember(from, to).catch(() => from.socket.destroy());
  });
  // Sessions of exec and attach become plain streams.
  server.on("upgrade", (from: IncomingMessage, socket: Socket, head: Buffer) => {
    const met = meets(from);
    const kind = met === undefined || isSignal(met.kind) ? undefined : met.kind;
    socket.on("error", () => socket.destroy());
    if (kind === "fail") socket.destroy();
    else if (kind === "hang") held.add(socket);
    else if (kind === "lie")
      socket.end("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    else upgrade(from, socket, head, engine, kind);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => void server.listen(path, resolve));

  return {
    env: { DOCKER_HOST: `unix://${path}` },
    kinds: [...ANSWER_FAULTS, ...SIGNAL_FAULTS],
    args: [],
    async arm(next, started) {
      [fault, run, count, struck] = [next, started, 0, undefined];
    },
    async disarm() {
      fault = undefined;
      for (const socket of held) socket.destroy();
      held.clear();
      return struck;
    },
    volumes: async () => [...volumes],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

async function pass(from: IncomingMessage, to: ServerResponse, engine: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { method, url, headers } = from;
    const asked = request({ socketPath: engine, method, path: url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(to);
      answer.once("error", reject);
      answer.once("close", resolve);
    });
    asked.once("error", reject);
    from.pipe(asked);
    to.once("close", () => asked.destroy());
  });
}

function upgrade(
  from: IncomingMessage,
  socket: Socket,
  head: Buffer,
  engine: string,
  kind: Fault["kind"] | undefined,
): void {
  const upstream = connect(engine, () => {
    const lines = from.rawHeaders.flatMap((header, index) =>
      index % 2 === 0 ? [`${header}: ${from.rawHeaders[index + 1]}`] : [],
    );
    upstream.write(`${from.method} ${from.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    socket.pipe(upstream);
    if (kind === undefined) upstream.pipe(socket);
    else if (kind === "late") setTimeout(() => upstream.pipe(socket), LATE_MS);
    else
      upstream.once("data", (answer: Buffer) => {
        if (kind === "cut") socket.write(answer.subarray(0, answer.length / 2));
        setTimeout(() => socket.destroy(), 50);
      });
  });
  upstream.on("error", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
}

function send(to: ServerResponse, { status, headers, body }: Answer): void {
  const { "transfer-encoding": _chunked, ...rest } = headers;
  to.writeHead(status, { ...rest, "content-length": body.length });
  to.end(body);
}

/** What an engine says that does nothing and knows of nothing. */
function lieTo({ method, url = "" }: IncomingMessage): Answer {
  const json = (status: number, value?: unknown): Answer => ({
    status,
    headers: { "content-type": "application/json", "api-version": "1.41", ostype: "linux" },
    body: Buffer.from(value === undefined ? "" : JSON.stringify(value)),
  });
  const path = url.replace(/^\/v[\d.]+/, "").replace(/\?.*/, "");
  if (method === "DELETE") return json(204);
  if (method === "POST" || method === "PUT")
    return path.endsWith("/create") ? json(201, { Id: "f".repeat(64), Warnings: [] }) : json(204);
  if (path === "/volumes") return json(200, { Volumes: [], Warnings: [] });
  if (path.endsWith("/json") && !/^\/[a-z]+\/[^/]+\/json$/.test(path)) return json(200, []);
  if (path === "/networks") return json(200, []);
  return json(404, { message: `No such object: ${path}` });
}

async function volumesOf(container: string, engine: string): Promise<string[]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    request({ socketPath: engine, path }, resolve).once("error", reject).end();
  });
  const text = String(await buffer(answer));
  if (answer.statusCode !== 200) return [];
  const { Mounts } = JSON.parse(text) as { Mounts: { Type: string; Name?: string }[] };
  return Mounts.flatMap(({ Type, Name }) =>
    Type === "volume" && Name !== undefined && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [],
  );
}
