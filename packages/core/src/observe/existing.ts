import { LABELS } from "../model/labels.js";
import type { ExistingFacts } from "../plan/facts.js";
import type { ObservedCluster } from "../plan/observed.js";
import { anyServer } from "./find.js";

/** What a cluster keeps when its config is applied again, unless the config says otherwise. */
export function existingFacts({ view, nodes, ownVolumes }: ObservedCluster): ExistingFacts {
  const server = anyServer(nodes);
  const apiPort = view.api?.port;
  return {
    token: view.token ?? "",
    image: server?.image ?? "",
    ...(apiPort === undefined ? {} : { apiPort }),
    addresses: Object.fromEntries(
      nodes.flatMap(({ name, labels, ipv4Address }) => {
        const address = labels[LABELS.staticIp] ?? ipv4Address;
        return address === undefined ? [] : [[name, address] as const];
      }),
    ),
    externalNetwork: view.network.external,
    ownVolumes: new Set(ownVolumes),
    registryPorts: Object.fromEntries(
      nodes.flatMap(({ name, role, ports, labels }) => {
        const port = ports[0]?.hostPort ?? Number(labels[LABELS.registryPortExternal]);
        return role === "registry" && Number.isInteger(port) && port > 0
          ? [[name, port] as const]
          : [];
      }),
    ),
  };
}
