import { randomInt } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, Inspection } from "./support/engine.js";
import { hostsServed } from "./support/node-hosts.js";
import { onEveryEngine } from "./support/suite.js";
import { freePort } from "../engine/host/free-port.ts";
import { type World } from "./support/world.js";

/** One option, and what the engine or kubectl shows of it. */
interface Row {
  option: string;
  flags: (context: Context) => string[];
  check: (context: Context) => Promise<void>;
}

interface Context {
  w: World;
  engine: Engine;
  cluster: string;
  /** A directory of the host with a file in it. */
  directory: string;
  port: (name: string) => number;
  node: (name: string) => string;
  inspect: (node: string) => Promise<Inspection>;
  sh: (node: string, script: string) => Promise<string>;
}

const argv = ({ Path, Args }: Inspection): string[] => [Path, ...Args];

/** Of this run alone: another engine under test has it on the same machine. */
const SUBNET = `10.213.${randomInt(256)}`;

const ROWS: Row[] = [
  {
    option: "--env with a filter, and with an escaped @",
    flags: () => ["--env", "ONLY=server@server:0", "-e", "MAIL=user\\@pass\\\\@agent:*"],
    check: async ({ inspect }) => {
      expect((await inspect("server-0")).Config.Env).toContain("ONLY=server");
      expect((await inspect("agent-0")).Config.Env).not.toContain("ONLY=server");
      expect((await inspect("agent-1")).Config.Env).toContain("MAIL=user@pass\\");
    },
  },
  {
    option: "--k3s-arg",
    flags: () => ["--k3s-arg", "--node-taint=dedicated=web:NoSchedule@agent:1"],
    check: async ({ inspect, w, node }) => {
      expect(argv(await inspect("agent-1"))).toContain("--node-taint=dedicated=web:NoSchedule");
      expect(argv(await inspect("agent-0"))).not.toContain("--node-taint=dedicated=web:NoSchedule");
      expect(
        await w.kubectl("get", "node", node("agent-1"), "-o", "jsonpath={.spec.taints[0].key}"),
      ).toBe("dedicated");
    },
  },
  {
    option: "--k3s-node-label",
    flags: () => ["--k3s-node-label", "tier=web@agent:0"],
    check: async ({ w, node }) => {
      expect(await w.kubectl("get", "nodes", "-l", "tier=web", "-o", "name")).toBe(
        `node/${node("agent-0")}`,
      );
    },
  },
  {
    option: "--runtime-label",
    flags: () => ["--runtime-label", "team=a@loadbalancer", "--runtime-label", "team=b@server:*"],
    check: async ({ inspect }) => {
      expect((await inspect("serverlb")).Config.Labels["team"]).toBe("a");
      expect((await inspect("server-0")).Config.Labels["team"]).toBe("b");
      expect((await inspect("agent-0")).Config.Labels["team"]).toBeUndefined();
    },
  },
  {
    option: "--runtime-ulimit",
    flags: () => ["--runtime-ulimit", "nofile=1024:2048"],
    check: async ({ inspect }) => {
      const limits = (await inspect("agent-0")).HostConfig.Ulimits ?? [];
      const found = limits.find(
        ({ Name }) => Name.toLowerCase().replace("rlimit_", "") === "nofile",
      );
      expect(found).toMatchObject({ Soft: 1024, Hard: 2048 });
    },
  },
  {
    option: "--servers-memory and --agents-memory",
    flags: () => ["--servers-memory", "1g", "--agents-memory", "1.5g"],
    check: async ({ inspect, w, node }) => {
      expect((await inspect("server-0")).HostConfig.Memory).toBe(1_073_741_824);
      expect((await inspect("agent-0")).HostConfig.Memory).toBe(1_610_612_736);
      const capacity = (name: string): Promise<string> =>
        w.kubectl("get", "node", node(name), "-o", "jsonpath={.status.capacity.memory}");
      expect(await capacity("server-0")).toBe("1Gi");
      expect(await capacity("agent-0")).toBe("1536Mi");
    },
  },
  {
    option: "--host-alias and host.k3d.internal, in nodes and for pods",
    flags: () => ["--host-alias", "10.1.2.3:foo.example,bar.example"],
    check: async ({ sh, w }) => {
      const hosts = await sh("agent-0", "cat /etc/hosts");
      expect(hosts).toMatch(/^10\.1\.2\.3\s.*foo\.example/m);
      expect(hosts).toMatch(/host\.k3d\.internal/);
      const data = (): Promise<string> =>
        w.kubectl(
          "-n",
          "kube-system",
          "get",
          "configmap",
          "coredns",
          "-o",
          "jsonpath={.data.NodeHosts}",
        );
      const resolved = async (): Promise<(string[] | undefined)[]> => {
        const served = hostsServed(await data());
        return ["foo.example", "bar.example", "host.k3d.internal"].map((name) => served.get(name));
      };
      await expect
        .poll(resolved, { timeout: 60_000 })
        .toEqual([["10.1.2.3"], ["10.1.2.3"], [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)]]);
    },
  },
  {
    option: "--volume with a path, a mode, a shortcut and a volume of k3d's",
    flags: ({ directory, cluster }) => [
      "--volume",
      `${directory}:/data:ro@server:0`,
      "--volume",
      `${directory}/extra.yaml:k3s-manifests-custom/extra.yaml@server:0`,
      "--volume",
      `k3d-${cluster}-shared:/shared@agent:*`,
    ],
    check: async ({ sh, inspect, engine, cluster, w }) => {
      expect(await sh("server-0", "cat /data/hello")).toBe("hello");
      await expect(sh("server-0", "touch /data/new")).rejects.toThrow();
      const applied = (): Promise<string> =>
        w.kubectl("get", "configmap", "from-manifest", "-o", "jsonpath={.data.a}").catch(() => "");
      await expect.poll(applied, { timeout: 60_000 }).toBe("b");
      await sh("agent-0", "echo together >/shared/file");
      expect(await sh("agent-1", "cat /shared/file")).toBe("together");
      expect(
        (await inspect("server-0")).Mounts.some(({ Destination }) => Destination === "/shared"),
      ).toBe(false);
      const label = await engine.client(
        "volume",
        "inspect",
        `k3d-${cluster}-shared`,
        "--format",
        '{{ index .Labels "k3d.cluster" }}',
      );
      expect(label.trim()).toBe(cluster);
    },
  },
  {
    option: "--port by way of the load balancer, direct, udp, and on one address",
    flags: ({ port }) => [
      "-p",
      `${port("proxy")}:80@loadbalancer`,
      "-p",
      `${port("one")}:8081@agent:0`,
      "-p",
      `127.0.0.1:${port("direct")}:9090@agent:1:direct`,
      "-p",
      `${port("udp")}:5300/udp@server:0`,
    ],
    check: async ({ inspect, port, sh }) => {
      const lb = (await inspect("serverlb")).NetworkSettings.Ports;
      expect(lb["80/tcp"]?.map(({ HostPort }) => HostPort)).toContain(`${port("proxy")}`);
      expect(lb["5300/udp"]?.map(({ HostPort }) => HostPort)).toContain(`${port("udp")}`);
      const direct = (await inspect("agent-1")).NetworkSettings.Ports["9090/tcp"];
      expect(direct).toEqual([{ HostIp: "127.0.0.1", HostPort: `${port("direct")}` }]);
      expect((await inspect("agent-0")).NetworkSettings.Ports["8081/tcp"]).toBeFalsy();
      await answers("agent-0", 8081, port("one"), sh);
      await answers("server-0", 80, port("proxy"), sh);
      await answers("agent-1", 9090, port("direct"), sh);
    },
  },
  {
    option: "--lb-config-override",
    flags: () => ["--lb-config-override", "settings.workerConnections=2048"],
    check: async ({ sh, w, cluster, node }) => {
      expect(await sh("serverlb", "cat /etc/confd/values.yaml")).toMatch(/workerConnections: 2048/);
      expect(await sh("serverlb", "cat /etc/nginx/nginx.conf")).toMatch(/worker_connections 2048;/);
      const told = await w.json<{ ports: Record<string, string[]> }>(
        "debug",
        "loadbalancer",
        "get-config",
        cluster,
      );
      expect(told.ports["80.tcp"]).toEqual([node("server-0"), node("agent-0"), node("agent-1")]);
    },
  },
  {
    option: "--subnet, with fixed addresses from .3 on",
    flags: () => ["--subnet", `${SUBNET}.0/24`],
    check: async ({ inspect, cluster }) => {
      for (const [name, address] of [
        ["server-0", `${SUBNET}.3`],
        ["agent-1", `${SUBNET}.5`],
        ["serverlb", `${SUBNET}.6`],
      ] as const) {
        const found = await inspect(name);
        expect(found.NetworkSettings.Networks[`k3d-${cluster}`]?.IPAddress).toBe(address);
        expect(found.Config.Labels).toMatchObject({
          "k3d.node.staticIP": address,
          "k3d.cluster.network.iprange": `${SUBNET}.0/24`,
        });
      }
    },
  },
  {
    option: "--token",
    flags: () => ["--token", "very-own-token"],
    check: async ({ inspect }) => {
      const { Config } = await inspect("agent-0");
      expect(Config.Env).toContain("K3S_TOKEN=very-own-token");
      expect(Config.Labels["k3d.cluster.token"]).toBe("very-own-token");
    },
  },
  {
    option: "--api-port with a host name",
    flags: ({ port }) => ["--api-port", `localhost:${port("api")}`],
    check: async ({ inspect, port, w }) => {
      expect((await inspect("serverlb")).NetworkSettings.Ports["6443/tcp"]?.[0]?.HostPort).toBe(
        `${port("api")}`,
      );
      expect((await inspect("server-0")).Config.Labels).toMatchObject({
        "k3d.server.api.host": "localhost",
        "k3d.server.api.port": `${port("api")}`,
      });
      expect(
        await w.kubectl(
          "config",
          "view",
          "--minify",
          "-o",
          "jsonpath={.clusters[0].cluster.server}",
        ),
      ).toBe(`https://localhost:${port("api")}`);
      expect(argv(await inspect("server-0"))).toContain("localhost");
    },
  },
  {
    option: "--host-pid-mode",
    flags: () => ["--host-pid-mode"],
    check: async ({ inspect }) =>
      expect((await inspect("agent-0")).HostConfig.PidMode).toBe("host"),
  },
  {
    option: "--proxy with computed exceptions",
    flags: () => ["--proxy"],
    check: async ({ sh }) => {
      const env = await sh("agent-0", "env");
      expect(env).toMatch(/^HTTPS_PROXY=http:\/\/proxy\.example:3128$/m);
      expect(env).toMatch(/^NO_PROXY=.*intra\.example.*10\.42\.0\.0\/16/m);
      expect(env).toMatch(new RegExp(`^NO_PROXY=.*${SUBNET}\\.0/24$`, "m"));
    },
  },
  {
    option: "a resolver that pods can reach",
    flags: () => [],
    check: async ({ sh, node, engine }) => {
      const resolver =
        /^nameserver (\S+)$/m.exec(
          await sh("agent-0", "cat /etc/k3d/resolv.conf 2>/dev/null || cat /etc/resolv.conf"),
        )?.[1] ?? "";
      expect(resolver).not.toMatch(/^127\./);
      // Without an engine there is no resolver that knows containers: nodes find each other in a file.
      const lookup = engine.name === "oci" ? "grep -F" : "nslookup";
      const where = engine.name === "oci" ? "/etc/hosts" : resolver;
      expect(await sh("agent-0", `${lookup} ${node("server-0")} ${where}`)).toContain(
        `${SUBNET}.3`,
      );
    },
  },
];

onEveryEngine("create options", (world, engine) => {
  const ports = new Map<string, number>();
  let context: Context | undefined;

  beforeAll(async () => {
    const w = world();
    const cluster = w.name("opt");
    const directory = join(w.home, "data");
    await mkdir(directory);
    await writeFile(join(directory, "hello"), "hello");
    await writeFile(
      join(directory, "extra.yaml"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-manifest, namespace: default}\ndata: {a: b}\n",
    );
    for (const name of ["proxy", "one", "direct", "udp", "api"]) ports.set(name, await freePort());
    const node = (name: string): string => `k3d-${cluster}-${name}`;
    context = {
      w,
      engine,
      cluster,
      directory,
      node,
      port: (name) => ports.get(name) ?? 0,
      inspect: (name) => engine.inspect(node(name)),
      sh: (name, script) => engine.client("exec", node(name), "sh", "-c", script),
    };
    const flags = ROWS.flatMap((row) => (context === undefined ? [] : row.flags(context)));
    const result = await w.run(["cluster", "create", cluster, "--agents", "2", ...flags], {
      env: { HTTPS_PROXY: "http://proxy.example:3128", NO_PROXY: "intra.example" },
    });
    expect(result.exitCode, result.stderr).toBe(0);
  });
  afterAll(async () => {
    if (context === undefined) return;
    await context.w.k3d("cluster", "delete", context.cluster);
    expect(await context.w.traces(context.cluster)).toEqual([]);
  });

  it.each(ROWS)("$option", async ({ check }) => {
    if (context === undefined) throw new Error("no cluster");
    await check(context);
  });

  describe("after the engine restarted a node by itself", () => {
    it("still has its aliases, its memory limit and its address", async () => {
      if (context === undefined) throw new Error("no cluster");
      const { node, sh, inspect, cluster } = context;
      await engine.client("restart", node("agent-0"));
      const state = async (): Promise<string> =>
        sh("agent-0", "cat /etc/hosts; head -n 1 /proc/meminfo").catch(() => "");
      await expect
        .poll(state, { timeout: 20_000 })
        .toMatch(/host\.k3d\.internal[\s\S]*MemTotal:\s+1572864 kB/);
      expect((await inspect("agent-0")).NetworkSettings.Networks[`k3d-${cluster}`]?.IPAddress).toBe(
        `${SUBNET}.4`,
      );
    });
  });
});

/** A line that a listener inside the node sends reaches a client of the published port. */
async function answers(
  node: string,
  inside: number,
  outside: number,
  sh: Context["sh"],
): Promise<void> {
  await sh(
    node,
    `(while true; do echo ${node} | nc -l -p ${inside}; done) >/dev/null 2>&1 & echo $! >/tmp/nc-${inside}.pid`,
  );
  try {
    const { connect } = await import("node:net");
    const read = (): Promise<string> =>
      new Promise((resolve) => {
        let text = "";
        const socket = connect({ port: outside, host: "127.0.0.1" });
        socket.setTimeout(2000, () => socket.destroy());
        socket.on("data", (chunk) => (text += chunk.toString()));
        socket.on("error", () => resolve(""));
        socket.on("close", () => resolve(text.trim()));
      });
    await expect.poll(read, { timeout: 15_000 }).toBe(node);
  } finally {
    await sh(node, `kill $(cat /tmp/nc-${inside}.pid); rm /tmp/nc-${inside}.pid`).catch(() => "");
  }
}
