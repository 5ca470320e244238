/**
 * The containers of a one-server cluster, started as somebody would who knows Docker's command line:
 * what k3d is measured against.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { poll } from "../../engine/host/poll.ts";

/** Images of the containers. */
export interface Images {
  node: string;
  loadBalancer: string;
}

const READY_WITHIN = 60_000;

const docker = async (...args: string[]): Promise<string> =>
  (await execa("docker", args, { timeout: READY_WITHIN })).stdout;

/** Creates network, server and load balancer and waits until the API answers `/readyz`. @returns milliseconds */
export async function createByHand(images: Images): Promise<number> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  const [server, balancer] = [`${name}-server`, `${name}-lb`];
  const dir = await mkdtemp(join(tmpdir(), "k3d-bench-"));
  const config = join(dir, "nginx.conf");
  await writeFile(config, nginxConfig(server));
  try {
    const started = performance.now();
    await docker("network", "create", name);
    const node = [server, "--hostname", server, "--network", name, "--restart", "unless-stopped"];
    const powers = ["--privileged", "--init", "--userns", "host"];
    const files = ["--tmpfs", "/run", "--tmpfs", "/var/run"];
    const env = ["-e", "K3S_TOKEN=bench", "-e", "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml"];
    await docker(
      "run",
      "-d",
      "--name",
      ...node,
      ...powers,
      ...files,
      ...env,
      images.node,
      "server",
    );
    const entry = [balancer, "--network", name, "--init", "--publish", "127.0.0.1::6443"];
    const mount = ["--volume", `${config}:/etc/nginx/nginx.conf:ro`];
    const nginx = [images.loadBalancer, "nginx", "-g", "daemon off;"];
    await docker("run", "-d", "--name", ...entry, ...mount, ...nginx);
    const published = await docker("port", balancer, "6443/tcp");
    await waitUntilReady(server, Number(published.split(":").at(-1)));
    return performance.now() - started;
  } finally {
    await docker("rm", "-f", "-v", server, balancer).catch(() => "");
    await docker("network", "rm", name).catch(() => "");
    await rm(dir, { recursive: true, force: true });
  }
}

function nginxConfig(server: string): string {
  return `include /etc/nginx/modules-enabled/*.conf;
events {}
stream {
  server {
    listen 6443;
    proxy_pass ${server}:6443;
  }
}
`;
}

interface Kubeconfig {
  clusters: { cluster: { "certificate-authority-data": string } }[];
  users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

async function waitUntilReady(server: string, port: number): Promise<void> {
  const text = await poll(
    () => docker("exec", server, "cat", "/output/kubeconfig.yaml").catch(() => undefined),
    READY_WITHIN,
  );
  if (text === undefined) throw new Error(`${server} wrote no kubeconfig`);
  const { clusters, users } = parse(text) as Kubeconfig;
  const decode = (data: string | undefined): Buffer => Buffer.from(data ?? "", "base64");
  const credentials = {
    ca: decode(clusters[0]?.cluster["certificate-authority-data"]),
    cert: decode(users[0]?.user["client-certificate-data"]),
    key: decode(users[0]?.user["client-key-data"]),
  };
  const ready = await poll(
    () =>
      new Promise<boolean>((resolve) => {
        const options = { host: "127.0.0.1", port, path: "/readyz", agent: false, timeout: 2000 };
        const asked = request({ ...options, ...credentials }, (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        });
        asked.once("timeout", () => asked.destroy());
        asked.once("error", () => resolve(false));
        asked.end();
      }),
    READY_WITHIN,
  );
  if (!ready) throw new Error(`the API of ${server} did not become ready on port ${port}`);
}
