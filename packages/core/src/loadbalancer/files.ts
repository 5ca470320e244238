import type { LoadBalancerValues } from "./values.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { LB_TEMPLATE_PATH, followNamesScript } from "./command.js";
import { renderNginxConfig } from "./nginx-config.js";
import { LB_CONFIG_PATH, LB_VALUES_PATH } from "./values.js";

/** Address of a node, or `undefined` where the engine chooses anew at every start. */
export type AddressOf = (node: string) => string | undefined;

/** The files of a load balancer: the values that either tool reads, and what nginx reads. */
export async function loadBalancerFiles(
  values: LoadBalancerValues,
  addressOf: AddressOf,
  dnsUpstream?: string,
): Promise<ContainerFile[]> {
  const { stringify } = await import("yaml");
  const names = [...new Set(Object.values(values.ports).flat())];
  const fixed = names.every((name) => addressOf(name) !== undefined);
  const config = renderNginxConfig(values, (name) => addressOf(name) ?? name, dnsUpstream);
  const files: ContainerFile[] = [
    {
      path: LB_VALUES_PATH,
      content: stringify(values),
      mode: 0o644,
      description: "load-balancer values",
    },
  ];
  if (fixed) {
    files.push({
      path: LB_CONFIG_PATH,
      content: config,
      mode: 0o644,
      description: "nginx configuration",
    });
  } else {
    files.push({ path: LB_TEMPLATE_PATH, content: config, mode: 0o644 }, followNamesScript(names));
  }
  return files;
}
