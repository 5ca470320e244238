import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import type { HostSight } from "../host/host-view.js";
import { ok, problem, unknown, type Verdict } from "../finding.js";
import { PULL } from "./privileged.js";

/** Whether containers on one network reach each other, as nodes must. */
export const reachCheck: Check = {
  id: "reach",
  group: "network",
  limitMs: CONTAINER_LIMIT_MS,
  run: async (facts) => judgeReach(await facts.host()),
};

const FIREWALL =
  'Look at the firewall of the engine\'s host (iptables -L FORWARD): it drops what containers send each other. Where Docker is beside a Podman of root, write "[network]\\nfirewall_driver=\\"iptables\\"" to /etc/containers/containers.conf.d/firewall.conf';

export function judgeReach({ view, unseen }: HostSight): Verdict[] {
  switch (view?.reachesNeighbour) {
    case true:
      return [ok("Containers on one network reach each other")];
    case false:
      return [
        problem("Containers on one network do not reach each other: nodes cannot join", FIREWALL),
      ];
    default:
      return [
        unseen === undefined
          ? unknown("Not tried whether containers reach each other")
          : unknown(`Not tried: ${unseen}`, PULL),
      ];
  }
}
