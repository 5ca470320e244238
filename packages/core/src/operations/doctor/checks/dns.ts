import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import type { RuntimeInfo } from "../../../runtime/runtime.js";
import type { HostSight, Lookup } from "../host/host-view.js";
import { OUTSIDE_NAME } from "../host/probe.js";
import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import { PULL } from "./privileged.js";

/** Whether names resolve in a container on a network of its own, as a node is. */
export const dnsCheck: Check = {
  id: "dns",
  group: "network",
  limitMs: CONTAINER_LIMIT_MS,
  async run(facts) {
    const { info } = await facts.engine();
    return judgeDns(await facts.host(), info);
  },
};

/** Whether names resolve for pods, which do not see the loopback of their node. */
export const podDnsCheck: Check = {
  id: "pod-dns",
  group: "network",
  limitMs: CONTAINER_LIMIT_MS,
  async run(facts) {
    const { info, capabilities } = await facts.engine();
    const { config } = facts;
    const relayed =
      info.embeddedDns !== undefined &&
      capabilities.staticIp &&
      !config.options.k3d.disableLoadbalancer;
    return judgePodDns(await facts.host(), relayed);
  },
};

const RESOLVER =
  'Set resolvers that containers reach (Docker: "dns" in daemon.json; Podman: "dns_servers" in containers.conf; without an engine: resolv.conf), or check the firewall; offline, import images with k3d image import';

export function judgeDns(
  { view, unseen, networkRefused }: HostSight,
  { embeddedDns }: Pick<RuntimeInfo, "embeddedDns">,
): Verdict[] {
  const refused =
    networkRefused === undefined
      ? []
      : [
          problem(
            `The engine cannot make a network: ${networkRefused.message.split("\n")[0]}`,
            networkRefused.hint ?? "Look at the engine's log; iptables or a bridge may be missing",
          ),
        ];
  const lookups = view?.lookups;
  if (lookups === undefined) return [...refused, unlooked(unseen)];
  const own = lookups.filter(({ server }) => server === undefined);
  const neighbour = own.find(({ name }) => name !== OUTSIDE_NAME);
  const outside = own.find(({ name }) => name === OUTSIDE_NAME);
  const verdicts = [...refused];
  // Where names are in files and not in a resolver, this says nothing.
  if (neighbour?.resolved === false && embeddedDns !== undefined) {
    verdicts.push(
      problem(
        "Containers do not find each other by name: nodes cannot join",
        "Restart the engine: its resolver does not answer on networks; a firewall of the host may stand between",
      ),
    );
  }
  if (outside?.resolved === false)
    verdicts.push(
      warning(
        `${OUTSIDE_NAME} does not resolve in a container: nodes pull no images from it`,
        RESOLVER,
      ),
    );
  if (verdicts.length > 0) return verdicts;
  return [ok(`Names resolve in containers, also ${OUTSIDE_NAME}`)];
}

/** @param relayed pods ask the load balancer, which asks the engine's resolver. */
export function judgePodDns({ view, unseen }: HostSight, relayed: boolean): Verdict[] {
  const lookups = view?.lookups;
  if (lookups === undefined) return [unlooked(unseen)];
  const resolver = /^nameserver\s+(\S+)/m.exec(view?.files.get("/etc/resolv.conf") ?? "")?.[1];
  const outside = lookups.filter(({ name }) => name === OUTSIDE_NAME);
  const loopback = resolver === undefined || /^(?:127\.|::1)/.test(resolver);
  if (!loopback || relayed) {
    const by = loopback ? "the load balancer, which asks the engine's resolver" : resolver;
    const found = outside.find(({ server }) => server === undefined);
    return [pods(found, `Pods ask ${by}`)];
  }
  const upstream = outside.filter(({ server }) => server !== undefined);
  if (upstream.length === 0) {
    return [
      warning(
        "Pods reach no resolver of the engine: k3s gives them a public one (8.8.8.8)",
        "Create clusters with a load balancer, or name resolvers in the engine that are not on its loopback",
      ),
    ];
  }
  const answers = upstream.find(({ resolved }) => resolved) ?? upstream[0];
  return [pods(answers, `Pods ask ${upstream.map(({ server }) => server).join(", ")}`)];
}

const pods = (lookup: Lookup | undefined, told: string): Verdict =>
  lookup?.resolved === true
    ? ok(`${told}; ${OUTSIDE_NAME} resolves`)
    : warning(`${told}; ${OUTSIDE_NAME} does not resolve so`, "The same as for containers, above");

const unlooked = (unseen: string | undefined): Verdict =>
  unseen === undefined
    ? unknown("The node image has no program to look names up with")
    : unknown(`Not looked up: ${unseen}`, PULL);
