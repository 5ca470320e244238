import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MemoryRuntime } from "../../testing/index.js";
import { createBundle, inspectBundle, pushBundle } from "./index.js";

const signal = new AbortController().signal;
const NAMES = ["registry.example.org/one:1", "registry.example.org/two:1"];

/** A registry that keeps every repository's blobs for itself, and so takes no manifest without all of them. */
class Registry {
  readonly blobs = new Map<string, Map<string, Buffer>>();
  readonly manifests: string[] = [];
  readonly mounts: string[] = [];
  readonly server: Server;

  constructor(readonly grantsMounts: boolean) {
    this.server = createServer((request, response) => {
      void (async () => {
        const url = new URL(request.url ?? "", "http://registry");
        const [, name = "", kind, reference = ""] =
          /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
        const own = this.blobs.get(name) ?? new Map<string, Buffer>();
        this.blobs.set(name, own);
        const body = await buffer(request);
        const answer = (status: number, headers = {}, content?: Buffer): void =>
          void response.writeHead(status, headers).end(content);
        if (kind === "manifests") {
          const { config, layers = [] } = JSON.parse(body.toString()) as {
            config?: { digest: string };
            layers?: { digest: string }[];
          };
          const parts = config === undefined ? [] : [config, ...layers];
          if (!parts.every(({ digest }) => own.has(digest))) return answer(400);
          this.manifests.push(`${name}:${reference}`);
          return answer(201);
        }
        if (request.method === "HEAD") return answer(own.has(reference) ? 200 : 404);
        if (request.method === "GET")
          return answer(own.has(reference) ? 200 : 404, {}, own.get(reference));
        const mount = url.searchParams.get("mount");
        if (request.method === "POST" && mount !== null) {
          this.mounts.push(mount);
          const held = this.blobs.get(url.searchParams.get("from") ?? "")?.get(mount);
          if (this.grantsMounts && held !== undefined) {
            own.set(mount, held);
            return answer(201);
          }
        }
        if (request.method === "POST")
          return answer(202, { location: `/v2/${name}/blobs/uploads/${Math.random()}` });
        const digest = url.searchParams.get("digest") ?? "";
        const found = `sha256:${createHash("sha256").update(body).digest("hex")}`;
        if (found !== digest) return answer(400);
        own.set(digest, body);
        answer(201);
      })();
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

let dir: string;
let path: string;
let registry: Registry | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-push-test-"));
  path = join(dir, "demo.tar");
  const layer = Buffer.alloc(4_000_000, "x");
  const runtime = new MemoryRuntime({ images: NAMES.map((reference) => ({ reference, layer })) });
  const images = new Map(NAMES.map((name) => [name, "workload"]));
  await createBundle(runtime, { images, path }, signal);
});
afterEach(async () => {
  registry?.server.close();
  registry?.server.closeAllConnections();
  await rm(dir, { recursive: true });
});

it.each([true, false])(
  "has every blob in every repository, where mounts are granted: %s",
  async (grantsMounts) => {
    registry = new Registry(grantsMounts);
    const origin = await registry.start();
    const pushed = await pushBundle(path, await inspectBundle(path, signal), origin, signal);
    expect([...pushed.values()]).toEqual(["one:1", "two:1"]);
    expect(registry.manifests).toEqual(expect.arrayContaining(["one:1", "two:1"]));
    expect(registry.mounts.length).toBeGreaterThan(0);
    const sizes = [...registry.blobs.values()].map((own) => own.size);
    expect(new Set(sizes).size).toBe(1);
  },
);

it.runIf(process.platform === "linux")("is read twice: to be checked, and to be sent", async () => {
  const bytesRead = async (): Promise<number> =>
    Number(/^rchar: (\d+)/m.exec(await readFile("/proc/self/io", "utf8"))?.[1]);
  registry = new Registry(true);
  const origin = await registry.start();
  const { size } = await stat(path);
  const before = await bytesRead();
  const contents = await inspectBundle(path, signal);
  const checked = (await bytesRead()) - before;
  expect(checked).toBeGreaterThanOrEqual(size);
  await pushBundle(path, contents, origin, signal);
  // Once from the file, and once by the registry, which is this process too.
  expect((await bytesRead()) - before - checked).toBeLessThan(2.7 * size);
});
