import { connect, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestEtcd } from "../k3s-stand-in/tests/support/etcd-gateway.ts";
import { onEveryEngine } from "./support/suite.js";

/** An etcd on every address of this machine, so that nodes reach it by host.k3d.internal. */
class ReachableEtcd {
  private constructor(
    private readonly etcd: TestEtcd,
    private readonly server: Server,
  ) {}

  static async start(): Promise<ReachableEtcd> {
    const etcd = await new TestEtcd().start();
    const { hostname: host, port } = new URL(etcd.url);
    const server = createServer((client) => {
      const upstream = connect({ host, port: Number(port) });
      client.pipe(upstream).pipe(client);
      client.on("error", () => upstream.destroy());
      upstream.on("error", () => client.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    return new ReachableEtcd(etcd, server);
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  stop(): void {
    this.etcd.close();
    this.server.close();
  }
}

const READ_SHARED = "kubectl get configmap shared -o jsonpath={.data.a}";

onEveryEngine("an external datastore", (world, engine) => {
  let etcd: ReachableEtcd;
  beforeAll(async () => {
    etcd = await ReachableEtcd.start();
  });
  afterAll(() => etcd.stop());

  it("is shared by servers that neither found nor join an etcd of their own", async () => {
    const w = world();
    const cluster = w.name("sql");
    const node = (name: string): string => `k3d-${cluster}-${name}`;
    const endpoint = `http://host.k3d.internal:${etcd.port}`;
    await w.k3d(
      "cluster",
      "create",
      cluster,
      "--servers",
      "2",
      "--agents",
      "1",
      "--timeout",
      "100s",
      "--k3s-arg",
      `--datastore-endpoint=${endpoint}@server:*`,
    );
    for (const name of ["server-0", "server-1"]) {
      const { Config, Path, Args } = await engine.inspect(node(name));
      expect([Path, ...Args]).toContain(`--datastore-endpoint=${endpoint}`);
      expect(Args).not.toContain("--cluster-init");
      expect(Config.Env.filter((entry) => entry.startsWith("K3S_URL="))).toEqual([]);
    }
    const all = ["agent-0", "server-0", "server-1"].map(node);
    await expect.poll(() => w.readyNodes(), { timeout: 60_000 }).toEqual(all);

    // What one server is told, the other knows.
    await w.kubectl("create", "configmap", "shared", "--from-literal=a=b");
    const seenBy = (name: string): Promise<string> =>
      engine.client("exec", node(name), ...READ_SHARED.split(" "));
    for (const name of ["server-0", "server-1"]) {
      await expect.poll(() => seenBy(name).catch(() => ""), { timeout: 20_000 }).toBe("b");
    }
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
