import type { ContainerFile } from "../runtime/container-file.js";
import { LB_ADDRESSES_PATH, LB_VALUES_PATH, type LoadBalancerValues } from "./values.js";

/** Address of a node, or `undefined` where the engine chooses anew at every start. */
export type AddressOf = (node: string) => string | undefined;

/** The files of a load balancer: the values that either tool reads, and the nodes' fixed addresses. */
export async function loadBalancerFiles(
  values: LoadBalancerValues,
  addressOf: AddressOf,
): Promise<ContainerFile[]> {
  const { stringify } = await import("yaml");
  const names = [...new Set(Object.values(values.ports).flat())];
  const addresses = names.flatMap((name) => {
    const address = addressOf(name);
    return address === undefined ? [] : [`${address} ${name}\n`];
  });
  return [
    {
      path: LB_VALUES_PATH,
      content: stringify(values),
      mode: 0o644,
      description: "load-balancer values",
    },
    {
      path: LB_ADDRESSES_PATH,
      content: addresses.join(""),
      mode: 0o644,
      description: "node addresses",
    },
  ];
}
