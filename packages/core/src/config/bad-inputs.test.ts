import { join } from "node:path";
import { expect, it } from "vitest";
import { isK3dError } from "../errors/index.js";
import { assembleConfig } from "./assemble.js";
import type { CreateFlags } from "./simple-config.js";

interface BadInput {
  flags?: CreateFlags;
  /** What follows apiVersion and kind in `k3d.yaml`. */
  file?: string;
  /** The whole of `k3d.yaml`. */
  text?: string;
  env?: Record<string, string>;
}

const lb = "{ nodeFilters: [loadbalancer], ";

/** One mistake each; what the user is told about it is in `bad-inputs.snap`. */
const BAD_INPUTS: BadInput[] = [
  { flags: { servers: 0 } },
  { flags: { agents: -1 } },
  { flags: { servers: 600 } },
  { flags: { name: "my_cluster" } },
  { flags: { name: "-x" } },
  { flags: { name: "a-name-that-is-longer-than-it-may-be" } },
  { flags: { image: "rancher/k3s:bad tag" } },
  { flags: { image: "+" } },
  { flags: { apiPort: "65536" } },
  { flags: { apiPort: "::1:6550" } },
  { flags: { apiPort: "my_host:6550" } },
  { flags: { port: ["8080"], noLb: true, agents: 1, env: ["A=b"] } },
  { flags: { port: ["8080:80@"] } },
  { flags: { port: ["8080:http"] } },
  { flags: { port: ["8080:80/icmp"] } },
  { flags: { port: ["8000-8005:80-84"] } },
  { flags: { port: ["::1]:8080:80"] } },
  { flags: { port: ["80:80@agent"] } },
  { flags: { waitFor: "healthy" } },
  { flags: { ttl: "0" } },
  { flags: { port: ["8080:80@sever:0"] } },
  { flags: { port: ["8080:80@server:1"] } },
  { flags: { port: ["8080:80@agent:2-1"] } },
  { flags: { port: ["8080:80@server:0:indirect"] } },
  { flags: { port: ["8080:80@server[0"] } },
  { flags: { port: ["8080:80@k3d-other-server-0"] } },
  { flags: { port: ["8080:80@loadbalancer"], noLb: true } },
  { flags: { volume: ["data"] } },
  { flags: { volume: ["/data:/data:wr"] } },
  { flags: { volume: ["/data:k3s-store"] } },
  { flags: { volume: ["/data@server:0:direct"] } },
  { flags: { env: ["=x"] } },
  { flags: { env: ["TOKEN=hunter2"], agents: 2 } },
  { flags: { env: ["me@example.org"] } },
  { flags: { k3sArg: [" @server:0"] } },
  { flags: { k3sNodeLabel: ["zone=a b@server:0"] } },
  { flags: { runtimeLabel: ["k3d.role=agent@server:0"] } },
  { flags: { runtimeLabel: ["app=web@all"] } },
  { flags: { runtimeUlimit: ["nofiles=1"] } },
  { flags: { runtimeUlimit: ["nofile=2:1"] } },
  { flags: { serversMemory: "2x" } },
  { flags: { agentsMemory: "1k" } },
  { flags: { gpus: "some" } },
  { flags: { hostAlias: ["db.local:10.0.0.5"] } },
  { flags: { registryCreate: "my+registry" } },
  { flags: { registryCreate: "reg:0.0.0.0:99999" } },
  { flags: { registryUse: ["ftp://reg:5000"] } },
  { flags: { registryConfig: "missing.yaml" } },
  { flags: { lbConfigOverride: ["settings.workers=4"] } },
  { flags: { lbConfigOverride: ["settings.workerConnections=4"], noLb: true } },
  { flags: { imageVolume: "images", noImageVolume: true } },
  { flags: { timeout: "90" } },
  { flags: { timeout: "-1s" } },
  { flags: { subnet: "172.28.0.1/16" } },
  { flags: { subnet: "fd00::/64" } },
  { flags: { network: "host", agents: 2 } },
  { flags: { network: "host", subnet: "auto" } },
  { flags: { network: "my net" } },
  { flags: { token: "with space" } },
  { env: { K3D_SERVERS: "three" } },
  { env: { K3D_NO_LB: "perhaps" } },
  { text: "" },
  { text: "- a list\n" },
  { text: "kind: Simple\n" },
  { text: "apiVersion: k3d.io/v1alpha9\nkind: Simple\n" },
  { text: "apiVersion: k3d.io/v1alpha5\nkind: Cluster\n" },
  { text: "---\n---\napiVersion: k3d.io/v1alpha5\nkind: Simple\n" },
  { file: "options: &self { runtime: { labels: [*self] } }" },
  { file: `ports: ${"[".repeat(20_000)}` },
  { file: 'files: [{ source: "x\\n", destination: /. }]' },
  { text: "apiVersion: k3d.io/v1alpha3\nkind: Simple\nmetadata: { name: x }\n" },
  { file: "server: 3" },
  { file: "servers: three" },
  { file: "servers: 0" },
  { file: "image: 1.31" },
  { file: "options:\n\tk3d: {}" },
  { file: "servers: 1\nservers: 2" },
  { file: "options: { k3d: { disableLoadBalancer: true } }" },
  { file: "disableLoadbalancer: true" },
  { file: "token: 12345678" },
  { file: "ports: 8080:80" },
  { file: "ports: [8080:80]" },
  { file: `ports:\n  - ${lb}ports: 8080:80 }` },
  { file: `ports:\n  - ${lb}port: 8080:x }` },
  { file: "files: [{ source: app.yaml, destination: /app.yaml }]" },
  { file: 'files: [{ source: "x\\n", destination: app.yaml }]' },
  { file: "registries: { create: { host: example.org } }" },
  { file: "registries: { create: { proxy: { remoteURL: docker.io } } }" },
  { file: "registries: { create: { proxy: { username: me } } }" },
  { file: "hostAliases: [{ ip: 10.0.0, hostnames: [a] }]" },
  { file: 'env: [{ envVar: A=b, nodeFilters: ["server:7"] }]\nservers: 0.5' },
];

async function report({ flags, file, text, env = {} }: BadInput): Promise<string> {
  const content =
    text ??
    (file === undefined ? undefined : `apiVersion: k3d.io/v1alpha5\nkind: Simple\n${file}\n`);
  const input = [
    ...(flags === undefined ? [] : [`flags ${JSON.stringify(flags)}`]),
    ...(Object.keys(env).length === 0 ? [] : [`env ${JSON.stringify(env)}`]),
    ...(content === undefined ? [] : [`file ${JSON.stringify(file ?? text)}`]),
  ].join(", ");
  try {
    await assembleConfig({
      flags: flags ?? {},
      environment: env,
      workingDirectory: "/proj",
      ...(content === undefined ? {} : { configPath: "k3d.yaml" }),
      readFile: async (path) => {
        if (path === "/proj/k3d.yaml" && content !== undefined) return content;
        throw Object.assign(new Error(path), { code: "ENOENT" });
      },
      readStdin: async () => "",
    });
  } catch (error) {
    if (!isK3dError(error)) throw error;
    return `# ${input}\n${error.code} (exit code ${error.exitCode})\n${error.message}\n→ ${error.hint ?? "NO HINT"}\n`;
  }
  return `# ${input}\nACCEPTED\n`;
}

it("tells what is wrong, where, and what to do", async () => {
  const reports = await Promise.all(BAD_INPUTS.map(report));
  const answers = reports.map((text) => text.slice(text.indexOf("\n")));
  expect(answers.filter((text) => /ACCEPTED|NO HINT|hunter2|12345678/.test(text))).toEqual([]);
  await expect(reports.join("\n")).toMatchFileSnapshot(
    join(import.meta.dirname, "bad-inputs.snap"),
  );
});
