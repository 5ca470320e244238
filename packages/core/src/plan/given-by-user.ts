import { IMAGE_VOLUME_PATH } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import { isDualStackArg } from "../node/ip-families.js";
import { isMachineArg } from "../node/k3s-command.js";
import { keptVolumes } from "../node/kept-volumes.js";
import type { MountSpec } from "../runtime/container-spec.js";
import type { ObservedNode } from "./observed.js";

/** Variables that k3d itself gives to nodes: `node/k3s-command.ts`. */
const OWN_VARIABLES = new Set([
  "K3S_TOKEN",
  "K3S_KUBECONFIG_OUTPUT",
  "K3S_URL",
  "K3S_NODE_NAME",
  "K3D_RESOLVER",
  "K3D_NODE_MEMORY",
]);
/** By these the Go k3d makes a node see its memory limit. */
const GO_MEMORY_MOUNTS = ["/proc/meminfo", "/sys/devices/system/edac"];
/** Mounts that k3d itself makes. */
const OWN_MOUNTS = new Set(["/run", "/var/run", IMAGE_VOLUME_PATH, ...GO_MEMORY_MOUNTS]);

/** What a user gave a node for k3s. */
export interface UserArgs {
  k3sArgs: string[];
  nodeLabels: string[];
}

/** The arguments without those that `node/k3s-command.ts` adds. */
export function userArgs({ info, labels }: ObservedNode): UserArgs {
  const [, , ...args] = info.spec.process.args ?? [];
  const own = new Set([labels[LABELS.apiHost], labels[LABELS.serverLoadBalancer]]);
  const isDualStack = labels[LABELS.networkIpv6Range] !== undefined;
  if (isDualStack) own.add("::1");
  const addresses = [labels[LABELS.staticIp], labels[LABELS.staticIpv6]];
  const isOverMachines = labels[LABELS.machine] !== undefined;
  const result: UserArgs = { k3sArgs: [], nodeLabels: [] };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const next = args[at + 1];
    if (arg === "--cluster-init" || (isDualStack && isDualStackArg(arg, addresses))) continue;
    if (arg === "--node-label" && next !== undefined) {
      result.nodeLabels.push(next);
      at += 1;
    } else if (arg === "--tls-san" && own.has(next)) at += 1;
    else if (isOverMachines && isMachineArg(arg, next, addresses[0])) at += 1;
    else result.k3sArgs.push(arg);
  }
  return { ...result, k3sArgs: joined(result.k3sArgs) };
}

/** An argument and its value as one, where they stand apart: a list of single words would lose which is whose. */
function joined(args: readonly string[]): string[] {
  const result: string[] = [];
  for (const arg of args) {
    const before = result.at(-1);
    const isValue = !arg.startsWith("-") && before?.startsWith("-") === true;
    if (isValue && !before.includes("=")) result[result.length - 1] = `${before}=${arg}`;
    else result.push(arg);
  }
  return result;
}

/** The environment without what the image has, and what `node/k3s-command.ts` adds. */
export function userEnv({ info, imageEnv = [] }: ObservedNode): string[] {
  const inherited = new Set(imageEnv);
  return info.spec.process.env.filter(
    (entry) => !inherited.has(entry) && !OWN_VARIABLES.has(entry.split("=")[0] ?? ""),
  );
}

/** The engine's own volumes, which a replaced node keeps, would be those of two nodes. */
export function userMounts({ info, labels }: ObservedNode): MountSpec[] {
  const kept = new Set(keptVolumes(labels));
  return info.spec.mounts.filter(
    ({ type, source, destination }) =>
      type !== "tmpfs" && !OWN_MOUNTS.has(destination) && !kept.has(source ?? ""),
  );
}
