import { LB_DNS_VARIABLE } from "./render-awk.js";
import { loadBalancerScript } from "./script.js";

const NAME = "k3d-loadbalancer";

/**
 * The load balancer's argv. With the values in place, the container needs nothing else: a tool that
 * makes it anew from its image, command and variables gets a working one.
 *
 * The Go k3d does so, and knows of the command only what follows its first word, which engines keep
 * as entry point of its own; so that word is `env`, which changes nothing.
 */
export function loadBalancerCommand(): string[] {
  return ["env", "/bin/sh", "-c", loadBalancerScript(), NAME];
}

/**
 * Variables of the load balancer's container.
 *
 * @param dnsUpstream resolver to which it passes DNS queries on, `ADDRESS:PORT`; none: it does not.
 */
export function loadBalancerEnv(dnsUpstream: string | undefined): string[] {
  return dnsUpstream === undefined ? [] : [`${LB_DNS_VARIABLE}=${dnsUpstream}`];
}

/**
 * To be run in the load balancer's container once its files were written: puts them into force
 * without closing a connection, and ends when they are. A failure leaves nginx as it was and is
 * told on standard error.
 *
 * The container also sees by itself, within a second or two, that its files changed.
 */
export function loadBalancerReloadCommand(): string[] {
  return ["/bin/sh", "-c", loadBalancerScript(), NAME, "reload"];
}
