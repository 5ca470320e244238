import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../../test-support/memory-cluster.js";
import { K3dError } from "../../../errors/index.js";
import { fileKubeconfigStore } from "../../../kubeconfig/file.js";
import { fakeMachine } from "../doctor.fixture.js";
import type { Check } from "../check.js";
import type { DoctorEngine, DoctorFacts } from "../facts.js";
import type { Verdict } from "../finding.js";
import { createCheck, portsCheck } from "./creation.js";
import { diskCheck } from "./disk.js";
import { storageCheck } from "./engine.js";
import { kubeconfigCheck } from "./kubeconfig.js";
import { proxyCheck } from "./proxy.js";
import { leftoversCheck, pluginsCheck, subidsCheck } from "./surroundings.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-doctor-"));
  await mkdir(join(home, ".kube"));
});
afterEach(() => rm(home, { recursive: true }));

const noEngine = async (): Promise<DoctorEngine> => {
  throw new K3dError("RUNTIME_UNAVAILABLE", "None");
};

async function run(check: Check, facts: Partial<DoctorFacts> = {}): Promise<Verdict[]> {
  const all: DoctorFacts = {
    nodes: 1,
    config: memoryConfig(),
    engine: noEngine,
    runtimes: async () => [],
    plugins: async () => ({ installed: [], broken: [] }),
    kubeconfigStore: fileKubeconfigStore({}, home),
    machine: fakeMachine(),
    env: {},
    now: Date.now,
    host: async () => ({}),
    ...facts,
  };
  return check.run(all, { signal: new AbortController().signal });
}

async function memory(info: Partial<DoctorEngine["info"]> = {}) {
  const engine = memoryEngine();
  Object.assign(engine.capabilities, { localBindMounts: true });
  const collaborators = memoryDeps(engine, engine, home);
  const found: DoctorEngine = {
    collaborators,
    info: { ...(await engine.info()), ...info },
    capabilities: engine.capabilities,
  };
  return { collaborators, runtime: engine, engine: async () => found };
}

describe("the kubeconfig", () => {
  const kubeconfig = async (text: string): Promise<string> => {
    const path = join(home, ".kube", "config");
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };

  it("that is not there is as good as an empty one", async () => {
    expect(await run(kubeconfigCheck)).toMatchObject([{ status: "ok" }]);
  });

  it("that cannot be parsed is a problem that names it", async () => {
    const path = await kubeconfig("clusters: [\n");
    expect(await run(kubeconfigCheck)).toMatchObject([
      { status: "problem", message: expect.stringContaining(path) as string },
    ]);
  });

  it("that is a directory is a problem", async () => {
    await mkdir(join(home, ".kube", "config"));
    expect(await run(kubeconfigCheck)).toMatchObject([{ status: "problem" }]);
  });

  it("that others read, or whose contexts lead nowhere, is warned of", async () => {
    await kubeconfig(
      "current-context: gone\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: []\nusers: []\n",
    );
    const verdicts = await run(kubeconfigCheck, { machine: fakeMachine({ mode: 0o100644 }) });
    expect(verdicts.map(({ message }) => message)).toEqual([
      expect.stringContaining("current context 'gone'"),
      expect.stringContaining("name a cluster or user"),
      expect.stringContaining("mode 644"),
    ]);
    expect(verdicts[2]?.fix).toContain("chmod 600");
  });
});

describe("proxies", () => {
  it("that do not answer are a problem, and no password is told", async () => {
    const env = {
      HTTPS_PROXY: "http://me:secret@127.0.0.1:9",
      https_proxy: "http://me:secret@127.0.0.1:9",
    };
    const verdicts = await run(proxyCheck, { env, machine: fakeMachine({ answers: () => false }) });
    expect(verdicts).toMatchObject([
      {
        status: "problem",
        message:
          "The proxy 127.0.0.1:9 of HTTPS_PROXY, https_proxy cannot be reached: ECONNREFUSED",
      },
    ]);
    expect(JSON.stringify(verdicts)).not.toContain("secret");
  });

  it.each([["http://"], ["ftp://proxy:21"], ["http://a:b@c:99999"]])(
    "that are none are a problem: %s",
    async (url) => {
      expect(await run(proxyCheck, { env: { HTTP_PROXY: url } })).toMatchObject([
        { status: "problem", message: "HTTP_PROXY is not a URL of a proxy" },
      ]);
    },
  );

  it("may be written without a scheme", async () => {
    const asked: string[] = [];
    const answers = (host: string, port: number): boolean => asked.push(`${host} ${port}`) > 0;
    const env = { HTTP_PROXY: "proxy.corp:3128" };
    expect(await run(proxyCheck, { env, machine: fakeMachine({ answers }) })).toMatchObject([
      { status: "ok" },
    ]);
    expect(asked).toEqual(["proxy.corp 3128"]);
  });

  it("must not stand between kubectl and an engine elsewhere", async () => {
    const { engine } = await memory({ remoteHost: "10.1.2.3" });
    const env = { HTTPS_PROXY: "http://proxy:3128", NO_PROXY: "localhost" };
    expect(await run(proxyCheck, { env, engine })).toMatchObject([
      { status: "warning", fix: "Add 10.1.2.3 to NO_PROXY" },
    ]);
    expect(
      await run(proxyCheck, { env: { ...env, NO_PROXY: "localhost, 10.1.2.3" }, engine }),
    ).toMatchObject([{ status: "ok" }]);
  });
});

describe("what create would refuse", () => {
  it("each taken port is told with whose it is", async () => {
    const { engine, collaborators } = await memory();
    collaborators.settings.isPortFree = async (port) => port === 9000;
    collaborators.settings.portOwner = async () => "process 12 (nginx)";
    const config = memoryConfig({
      ports: [{ port: "80:80" }, { port: "443:443" }, { port: "9000:9000" }],
    });
    expect((await run(portsCheck, { engine, config })).map(({ message }) => message)).toEqual([
      "Host port 80/tcp is taken by process 12 (nginx)",
      "Host port 443/tcp is taken by process 12 (nginx)",
    ]);
  });

  it("low ports of a rootless engine are warned of", async () => {
    const { engine } = await memory({ rootless: true });
    const machine = fakeMachine({
      files: { "/proc/sys/net/ipv4/ip_unprivileged_port_start": "1024\n" },
    });
    const config = memoryConfig({ ports: [{ port: "80:80" }] });
    expect(await run(portsCheck, { engine, config, machine })).toMatchObject([
      { status: "warning", message: expect.stringContaining("below 1024: 80") as string },
    ]);
  });

  it("is told with create's own words, all of it", async () => {
    const { engine, collaborators, runtime } = await memory();
    await runtime.networks.create({ name: "theirs", labels: {}, subnet: "172.30.0.0/16" });
    collaborators.settings.otherClusters = async () => new Map([["demo", "podman"]]);
    const config = memoryConfig({ subnet: "172.30.0.0/16" });
    const messages = (await run(createCheck, { engine, config })).map(({ message }) => message);
    expect(messages).toEqual([
      "Cluster 'demo' exists already, on podman",
      "Subnet 172.30.0.0/16 is taken: network 'theirs' has 172.30.0.0/16",
    ]);
  });
});

describe("subordinate ids", () => {
  const needed = async (subuid: string, subgid = subuid) => {
    const { engine } = await memory({ rootless: true });
    const machine = fakeMachine({ files: { "/etc/subuid": subuid, "/etc/subgid": subgid } });
    return run(subidsCheck, { engine, machine });
  };

  it("are there by name or number, also in several ranges", async () => {
    expect(await needed("me:100000:65536\n")).toMatchObject([{ status: "ok" }]);
    expect(await needed("1000:100000:40000\nme:200000:40000\n")).toMatchObject([{ status: "ok" }]);
  });

  it("are missing or too few", async () => {
    expect(await needed("you:100000:65536\n", "me:100000:65536\n")).toMatchObject([
      {
        status: "problem",
        message: "User me has fewer than 65536 ids in /etc/subuid",
        fix: expect.stringContaining("usermod --add-subuids") as string,
      },
    ]);
    expect(await needed("me:100000:1000\n")).toMatchObject([{ status: "problem" }]);
  });

  it("are not needed by root, nor for an engine elsewhere", async () => {
    expect(await run(subidsCheck, await memory())).toMatchObject([{ status: "ok" }]);
    const elsewhere = await memory({ rootless: true, remoteHost: "10.1.2.3" });
    expect(await run(subidsCheck, elsewhere)).toMatchObject([{ status: "ok" }]);
  });
});

it("finds no room to write a kubeconfig, also without an engine", async () => {
  const machine = fakeMachine({ space: { path: "/home", total: 1e9, free: 4096 } });
  expect(await run(diskCheck, { machine })).toMatchObject([
    {
      status: "problem",
      message: expect.stringContaining("kubeconfig cannot be written") as string,
    },
  ]);
});

it.each([
  ["overlay2", "ok"],
  ["vfs", "warning"],
  ["zfs", "warning"],
  [undefined, "unknown"],
])("judges the storage driver %s: %s", async (storageDriver, status) => {
  const { engine } = await memory(storageDriver === undefined ? {} : { storageDriver });
  expect(await run(storageCheck, { engine })).toMatchObject([{ status }]);
});

it("tells of leftovers and of plug-ins that do not load", async () => {
  const { engine } = await memory();
  expect(await run(leftoversCheck, { engine, leftovers: async () => ["2 volumes"] })).toMatchObject(
    [{ status: "warning", fix: expect.stringContaining("k3d prune") as string }],
  );
  const broken = [{ name: "k3d-plugin-x", reason: "written for another contract" }];
  const plugins = async () => ({ installed: ["k3d-plugin-x"], broken });
  expect(await run(pluginsCheck, { plugins })).toMatchObject([
    { status: "problem", fix: expect.stringContaining("uninstall k3d-plugin-x") as string },
  ]);
});
