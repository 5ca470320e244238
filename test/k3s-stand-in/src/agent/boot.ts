import { existsSync } from "node:fs";
import { FatalError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import { clusterGet } from "../net/cluster-access.ts";
import type { NodeConfig } from "../server/config.ts";
import { versionLine } from "../cli/version.ts";
import { startContainerd } from "./containerd.ts";
import { joinCluster, type Membership, type Stop } from "./join.ts";
import { KubeClient } from "./kube-client.ts";
import { Kubelet } from "./kubelet.ts";
import { SupervisorBalancer } from "./load-balancer.ts";
import type { Roles } from "./node-object.ts";

export interface AgentStart {
  config: NodeConfig;
  roles: Roles;
  argv: string[];
  env: NodeJS.ProcessEnv;
  stop: Stop;
}

/** The agent inside a server process, which talks to its own supervisor; `ready` tells when the API is. */
export async function runEmbeddedAgent(
  start: AgentStart,
  loopback: { url: string; token: string },
  ready: Promise<void>,
): Promise<void> {
  const membership = await joinCluster(start.config, loopback.url, loopback.token, start.stop);
  if (!membership) return;
  await startContainerd(start.config);
  await ready;
  await runKubelet(start, membership);
}

/** `k3s agent`: joins through the local balancer and stays until stopped. */
export async function runAgent(start: AgentStart): Promise<void> {
  const { config, stop } = start;
  const { paths, serverUrl, token, options } = config;
  if (!token && !existsSync(paths.agent("client-kubelet.crt")))
    throw new FatalError("--token is required");
  if (!serverUrl) throw new FatalError("--server is required");
  log.info(`Starting ${versionLine(config.knobs.version).replace("k3s ", "k3s agent ")}`);
  const balancer = new SupervisorBalancer(
    paths.agent("etc", "k3s-agent-load-balancer.json"),
    serverUrl,
  );
  try {
    const url = await balancer.listen(options.int("lb-server-port"));
    const membership = await joinCluster(config, url, token, stop, serverUrl);
    if (!membership) return;
    await startContainerd(config);
    await waitReady(membership, stop);
    await Promise.all([
      followServers(balancer, membership, config, stop),
      runKubelet(start, membership),
    ]);
  } finally {
    balancer.close();
  }
}

async function waitReady(membership: Membership, stop: Stop): Promise<void> {
  for (let pause = 50; !stop.stopped; pause = Math.min(500, pause * 1.5)) {
    try {
      await clusterGet(membership.access, "/v1-k3s/readyz");
      return;
    } catch (error) {
      log.debug(`Waiting for the API server: ${messageOf(error)}`);
      await stop.sleep(pause);
    }
  }
}

/** Keeps the balancer's list of servers as the cluster has it. */
async function followServers(
  balancer: SupervisorBalancer,
  membership: Membership,
  config: NodeConfig,
  stop: Stop,
): Promise<void> {
  while (!stop.stopped) {
    try {
      balancer.update(
        JSON.parse(await clusterGet(membership.access, "/v1-k3s/apiservers")) as string[],
      );
    } catch (error) {
      log.debug(`Failed to retrieve list of apiservers from server: ${messageOf(error)}`);
    }
    await stop.sleep(config.knobs.heartbeatMs);
  }
}

async function runKubelet(
  { config, roles, argv, env, stop }: AgentStart,
  { access, client }: Membership,
): Promise<void> {
  await new Kubelet(config, new KubeClient(access.url, client), roles, stop).run(argv, env);
}
