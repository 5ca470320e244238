import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryRuntime } from "@k3d/core/testing";
import { afterAll, beforeAll, beforeEach, afterEach, expect, it, vi } from "vitest";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";
import ClusterCreate from "./create.js";

interface BadInput {
  /** Arguments of `cluster create`, separated by blanks. */
  line: string;
  env?: Record<string, string>;
  /** What follows apiVersion and kind in `k3d.yaml`, which the line names. */
  file?: string;
}

/** One mistake each; what the user is told about it is in `bad-inputs.snap`. */
const BAD_INPUTS: BadInput[] = [
  // Not the command's own arguments.
  { line: "--srevers 3" },
  { line: "--xyzzy --foo" },
  { line: "one two" },
  { line: "--servers" },
  { line: "--servers many" },
  { line: "--agents 1.5" },
  { line: "--agents=-1" },
  { line: "--wait=perhaps" },
  { line: "--no-lb=maybe" },
  { line: "-o xml" },
  { line: "-o oci --dry-run" },
  { line: "-o oci --output bundles" },
  { line: "--progress loud" },
  // Values.
  { line: "--servers 0" },
  { line: "--servers 600" },
  { line: "under_score" },
  { line: "a-name-that-is-longer-than-it-may-be" },
  { line: "--image rancher/k3s:a/b" },
  { line: "--image +" },
  { line: "--api-port 70000" },
  { line: "--api-port ::1:6550" },
  { line: "--port 8080:http" },
  { line: "--port 8080:80/icmp" },
  { line: "--port 8000-8005:80-84" },
  { line: "--port 8080:80@sever:0" },
  { line: "--port 8080:80@server:1" },
  { line: "--port 8080:80@agent:2-1 -a 3" },
  { line: "--port 8080:80@server:0:indirect" },
  { line: "--port 8080:80@k3d-other-server-0" },
  { line: "--port 8080:80@agent:*:direct -a 2" },
  { line: "--port 9899/sctp" },
  { line: "--port 8080:80@server:0:direct --port 8080:81@server:0:direct" },
  { line: "--volume /data:/data:wr" },
  { line: "--volume data" },
  { line: "--volume /data:k3s-store" },
  { line: "--env =x" },
  { line: "--env A=b -a 1" },
  { line: "--env me@example.org" },
  { line: "--k3s-node-label zone=@@server:0" },
  { line: "--runtime-label k3d.role=agent@server:0" },
  { line: "--runtime-ulimit nofiles=1" },
  { line: "--runtime-ulimit nofile=2:1" },
  { line: "--servers-memory 2x" },
  { line: "--gpus some" },
  { line: "--host-alias db.local:10.0.0.5" },
  { line: "--registry-create my+registry" },
  { line: "--registry-use nowhere" },
  { line: "--registry-config missing.yaml" },
  { line: "--lb-config-override settings.workers=4" },
  { line: "--timeout soon" },
  { line: "--subnet 172.28.0.1/16" },
  { line: "--subnet 10.0.0.0/30" },
  { line: "--subnet fd00::/64" },
  { line: "--subnet fd00::/64,172.28.0.0/16" },
  { line: "--subnet 172.28.0.0/16,fd00::1/64" },
  { line: "--ip-family ipv6" },
  { line: "--ip-family ipv4 --ipv6" },
  { line: "--ipv6 --network mine" },
  { line: "--network my!net" },
  { line: "--token with:blank\u00A0inside" },
  { line: "--proxy" },
  // Contradictions.
  { line: "--no-lb --port 8080:80@loadbalancer" },
  { line: "--network host -a 2" },
  { line: "--network host --subnet auto" },
  { line: "--image-volume images --no-image-volume" },
  { line: "--image-volume nowhere" },
  { line: "--lb-config-override settings.workerConnections=4 --no-lb" },
  // The environment.
  { line: "", env: { K3D_SERVERS: "three" } },
  { line: "", env: { K3D_NO_LB: "perhaps" } },
  // Config files.
  { line: "-c missing.yaml" },
  { line: "-c k3d.yaml", file: "server: 3" },
  { line: "-c k3d.yaml", file: "servers: three" },
  { line: "-c k3d.yaml", file: 'ports:\n  - port: 8080:80\n    nodeFilters: ["server:3"]' },
  { line: "-c k3d.yaml", file: "options: { k3d: { disableLoadBalancer: true } }" },
  { line: "-c k3d.yaml", file: "files: [{ source: missing, destination: /x }]" },
  { line: "-c k3d.yaml -a 1", file: "env: [{ envVar: A=b }]" },
];

let home: string;
let before: string;
beforeAll(async () => {
  before = process.cwd();
  home = await mkdtemp(join(tmpdir(), "k3d-bad-"));
  process.chdir(home);
});
afterAll(async () => {
  process.chdir(before);
  await rm(home, { recursive: true });
});
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (name.startsWith("K3D_")) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function report({ line, env = {}, file }: BadInput): Promise<string> {
  const runtime = new MemoryRuntime();
  const text = file === undefined ? "" : `apiVersion: k3d.io/v1alpha5\nkind: Simple\n${file}\n`;
  if (file !== undefined) await writeFile("k3d.yaml", text);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const argv = line.split(" ").filter(Boolean);
  const result = await runCommand(ClusterCreate, argv, memoryServices(runtime, home));
  for (const name of Object.keys(env)) vi.stubEnv(name, undefined);
  const left = [
    ...(await runtime.containers.list()),
    ...(await runtime.networks.list()),
    ...(await runtime.volumes.list()),
  ];
  const given = [
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    `k3d cluster create ${line}`.trim(),
    ...(file === undefined ? [] : [`with ${JSON.stringify(file)}`]),
  ].join(" ");
  return [
    `# ${given}`,
    `exit code ${result.exitCode}${left.length > 0 ? `, LEFT ${left.length}` : ""}`,
    result.stderr.replaceAll(home, "DIR").trimEnd(),
    ...(result.stdout === "" ? [] : [`STDOUT ${result.stdout}`]),
    "",
  ].join("\n");
}

it("tells what is wrong and what to do, and touches nothing", async () => {
  const reports: string[] = [];
  for (const input of BAD_INPUTS) reports.push(await report(input));
  const unclear = reports.filter(
    (text) =>
      !/^exit code [1-9]\d*$/m.test(text) ||
      !/^Error: .*\[[A-Z_]+\]$/m.test(text) ||
      !/^Hint: {2}\S/m.test(text) ||
      /INTERNAL|STDOUT|^\s+at /m.test(text),
  );
  expect(unclear).toEqual([]);
  await expect(reports.join("\n")).toMatchFileSnapshot(
    join(import.meta.dirname, "bad-inputs.snap"),
  );
});
