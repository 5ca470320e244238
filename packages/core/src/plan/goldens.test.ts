import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { assembleConfig } from "../config/assemble.js";
import type { CreateFlags } from "../config/simple-config.js";
import { loadBalancerScript } from "../loadbalancer/script.js";
import { ENTRYPOINT_PATH } from "../node/k3s-command.js";
import type { DesiredCluster } from "./desired.js";
import { factsFixture } from "./facts.fixture.js";
import type { Facts } from "./facts.js";
import { desiredCluster } from "./desired-cluster.js";
import { reconcile } from "./reconcile.js";
import { changesText } from "./text.js";

const DIRECTORY = join(import.meta.dirname, "goldens");
const REGISTRIES = 'mirrors:\n  mirror.example:\n    endpoint: ["http://10.0.0.9:5000"]\n';

interface Case {
  /** The flags that say the same as the file; absent where a field has no flag. */
  flags?: CreateFlags;
  /** What the engine has, where it matters. */
  facts?: Partial<Facts>;
}

/** Each config file in `goldens`, with the flags that say the same. */
const CASES: Record<string, Case> = {
  minimal: { flags: {} },
  "high-availability": {
    flags: {
      name: "ha",
      servers: 3,
      agents: 2,
      image: "rancher/k3s:v1.36.4-k3s1",
      token: "a-very-own-token",
      subnet: "172.28.0.0/24",
      timeout: "90s",
      apiPort: "k3d.example:6550",
    },
  },
  "dual-stack": {
    flags: {
      name: "dual",
      servers: 3,
      agents: 1,
      token: "a-very-own-token",
      ipFamily: "dual",
      subnet: "172.28.0.0/16,fd00:28::/64",
      apiPort: "[::1]:6445",
      port: ["[::1]:8080:80", "8443:443"],
      proxy: true,
    },
    facts: { proxy: { http: "http://proxy:3128" } },
  },
  ports: {
    flags: {
      name: "ports",
      agents: 2,
      port: [
        "8080:80",
        "8443:443@loadbalancer",
        // The grammar of the first k3d.
        "127.0.0.1:9000-9001:9000-9001/udp@server[0]@agent[1]",
        "[::1]:7000:7000@agent:*:proxy",
        "0.0.0.0:5300:53/udp@agent:0:direct",
        "9899/sctp@server:0:direct",
      ],
      lbConfigOverride: ["settings.workerConnections=2048", "settings.defaultProxyTimeout=900"],
    },
  },
  volumes: {
    flags: {
      name: "volumes",
      agents: 2,
      volume: [
        "/srv/data:/data:ro@server:*",
        "/srv/shared:/shared",
        "k3d-cache:/cache@agent:0-1",
        "mine:/mine:rshared@k3d-volumes-agent-1",
        "/srv/storage:k3s-storage@server:0;agent:0",
        "/srv/app.yaml:k3s-manifests-custom/app.yaml@server:0",
      ],
      imageVolume: "images",
    },
    facts: { existingVolumes: new Set(["images", "mine"]) },
  },
  nodes: {
    flags: {
      name: "nodes",
      servers: 1,
      agents: 3,
      env: ["ONLY=server@server:0", String.raw`MAIL=me\@example.org@agents[1,2]`],
      k3sArg: ["--disable=traefik@server:*", "--node-taint=dedicated=web:NoSchedule@agent:2-"],
      k3sNodeLabel: ["example.org/zone=a@agent:0;server:0"],
      gpus: "all",
      serversMemory: "2g",
      agentsMemory: "1536m",
      hostPidMode: true,
      runtimeLabel: ["team=web@all"],
      runtimeUlimit: ["nofile=1024:65536", "memlock=-1"],
    },
  },
  names: {
    flags: {
      name: "names",
      subnet: "auto",
      hostAlias: ["10.0.0.5:db.local,cache.local", "fd00::5:six.local"],
    },
  },
  "host-network": { flags: { name: "onhost", network: "host", apiPort: "6551" } },
  bare: {
    flags: {
      name: "bare",
      servers: 3,
      wait: false,
      noLb: true,
      noImageVolume: true,
      noRollback: true,
      kubeconfigUpdateDefault: false,
    },
  },
  "external-network": {
    flags: { name: "ext", agents: 1, network: "shared" },
    facts: {
      existingNetwork: {
        id: "n",
        name: "shared",
        driver: "bridge",
        labels: {},
        subnets: [{ subnet: "10.5.0.0/24", gateway: "10.5.0.1" }],
        allowsStaticIp: true,
        containers: [],
      },
    },
  },
  registries: {
    flags: {
      name: "regs",
      registryCreate: "reg.localhost:127.0.0.1:5001",
      enforceRegistryPortMatch: true,
      registryConfig: "registries.yaml",
    },
  },
  "external-datastore": {
    flags: {
      name: "sql",
      servers: 2,
      k3sArg: [
        String.raw`--datastore-endpoint=postgres://k3s:pw\@db.example:5432/k3s@server:*`,
        "--datastore-cafile=/certs/ca.pem@server:*",
      ],
    },
  },
  proxy: {
    flags: { name: "prox", agents: 1, proxy: true, proxyCa: "/etc/corp/ca.pem" },
    facts: {
      proxy: {
        http: "http://proxy:3128",
        https: "http://proxy:3128",
        noProxy: "intra.example",
        ca: "PEM\n",
      },
    },
  },
  files: {},
  v1alpha2: {
    flags: {
      name: "old",
      servers: 1,
      agents: 2,
      image: "rancher/k3s:v1.20.4-k3s1",
      volume: ["/tmp:/mnt@all"],
      port: ["8080:80@loadbalancer"],
      env: ["A=b@agent:0,1"],
      runtimeLabel: ["team=web@agent:1"],
      registryCreate: "k3d-old-registry:0.0.0.0:random",
      wait: true,
      timeout: "60s",
      k3sArg: ["--tls-san=my.host@server:*", "--node-label=x=y@agent:*"],
    },
  },
  v1alpha3: {
    flags: {
      name: "older",
      servers: 1,
      agents: 1,
      apiPort: "6445",
      k3sArg: ["--disable=traefik@server:*"],
      runtimeLabel: ["team=web@agent:0"],
    },
  },
  v1alpha4: {
    flags: {
      name: "newer",
      servers: 3,
      registryCreate: "reg:5002",
      port: ["8080:80@loadbalancer"],
    },
  },
};

/** Flags and file together, as when a flag stands in for a field of the file. */
async function planned(
  { facts }: Case,
  given: { flags?: CreateFlags; configPath?: string },
): Promise<DesiredCluster> {
  const { config } = await assembleConfig({
    ...given,
    environment: {},
    workingDirectory: DIRECTORY,
    readFile: async (path) =>
      given.configPath === undefined ? REGISTRIES : readFile(path, "utf8"),
    readStdin: async () => "",
  });
  return desiredCluster(config, factsFixture(facts ?? {}));
}

/** The plan for a reader: scripts are the same everywhere, and so are labels of all nodes. */
function outline(plan: DesiredCluster): string {
  const nodes = plan.nodes.map(({ spec, files, ...node }) => ({
    ...node,
    spec: { ...spec, process: { ...spec.process, args: spec.process.args?.map(named) } },
    files: files.map(({ content, ...file }) =>
      file.path === ENTRYPOINT_PATH ? file : { ...file, content },
    ),
  }));
  const [first, ...others] = nodes;
  const shared = Object.entries(first?.spec.labels ?? {}).filter(([key, value]) =>
    others.every(({ spec }) => spec.labels[key] === value),
  );
  const own = (labels: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(labels).filter(([key]) => !shared.some(([name]) => name === key)),
    );
  const changes = changesText(reconcile(plan, undefined));
  return (
    changes +
    stringify(
      {
        ...plan,
        labelsOfAllNodes: Object.fromEntries(shared),
        nodes: nodes.map((node) => ({
          ...node,
          spec: { ...node.spec, labels: own(node.spec.labels) },
        })),
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    )
  );
}

function named(arg: string): string {
  return arg === loadBalancerScript() ? "<the load balancer's program>" : arg;
}

let files: string[];
beforeAll(async () => {
  files = (await readdir(DIRECTORY)).filter((file) => file.endsWith(".yaml"));
});

it("has a case for every config file", () => {
  expect(files.map((file) => basename(file, ".yaml")).toSorted()).toEqual(
    Object.keys(CASES).toSorted(),
  );
});

it.each(Object.entries(CASES))("plans %s as reviewed", async (name, test) => {
  const plan = await planned(test, { configPath: `${name}.yaml` });
  await expect(outline(plan)).toMatchFileSnapshot(join(DIRECTORY, `${name}.plan.snap`));
});

it.each(Object.entries(CASES).filter(([, { flags }]) => flags !== undefined))(
  "plans the same from the file %s and from flags",
  async (name, test) => {
    const fromFile = await planned(test, { configPath: `${name}.yaml` });
    const fromFlags = await planned(test, { flags: test.flags ?? {} });
    expect(outline(fromFlags)).toBe(outline(fromFile));
  },
);
