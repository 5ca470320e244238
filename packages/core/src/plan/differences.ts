import { LABELS, RESERVED_LABEL_PREFIXES } from "../model/labels.js";
import { runsK3s } from "../model/roles.js";
import { keptVolumes } from "../node/kept-volumes.js";
import { isRegistryFile } from "../registry/node-files.js";
import type { ContainerSpec, MountSpec, PortBinding } from "../runtime/container-spec.js";
import { isSameAddress } from "../runtime/host-ports.js";
import { counted, portText } from "./describe.js";
import type { DesiredNode } from "./desired.js";
import { fileHashes } from "./files-label.js";
import type { ObservedNode } from "./observed.js";

/**
 * In what a container is not as it shall be, each for people; empty when it is.
 * Only what a new container can mend: its state and its networks are compared
 * elsewhere.
 *
 * Fields are compared one by one, not by a hash of all: so every difference has
 * its cause, what was changed by hand is seen, and clusters of the Go k3d can be
 * compared as well.
 */
export function nodeDifferences(desired: DesiredNode, observed: ObservedNode): string[] {
  const wanted = desired.spec;
  const { spec: found } = observed.info;
  return [
    ...changed("image", found.image, wanted.image),
    // Load balancers and registries boot through commands of k3d's, which follow its version.
    ...(runsK3s(desired) ? argDifferences(wanted, found) : []),
    ...(runsK3s(desired) ? envDifferences(wanted, observed) : []),
    ...portDifferences(wanted.ports, found.ports),
    ...mountDifferences(wanted.mounts, observed),
    ...changed(
      "memory limit",
      found.linux.resources?.memory?.limit,
      wanted.linux.resources?.memory?.limit,
    ),
    ...addressDifferences(wanted, observed),
    ...changed("GPUs", found.gpus, wanted.gpus),
    ...labelDifferences(wanted.labels, observed.labels),
    ...(runsK3s(desired) ? aliasDifferences(wanted.labels, observed.labels) : []),
    ...(runsK3s(desired) ? fileDifferences(desired, observed) : []),
  ];
}

function changed<T extends string | number>(
  what: string,
  from: T | undefined,
  to: T | undefined,
): string[] {
  if (from === to) return [];
  if (from === undefined) return [`${what} ${to} is new`];
  return [to === undefined ? `${what} ${from} is removed` : `${what} ${from} becomes ${to}`];
}

/** Nothing where no address is asked for. */
function addressDifferences(
  { networks: [wanted] }: ContainerSpec,
  { info }: ObservedNode,
): string[] {
  const found = info.networks.find(({ name }) => name === wanted?.name);
  if (wanted === undefined || found === undefined) return [];
  return [
    [found.fixedIpv4Address, wanted.ipv4Address],
    [found.fixedIpv6Address, wanted.ipv6Address],
  ].flatMap(([from, to]) =>
    to === undefined || from === to
      ? []
      : [`address ${from ?? "of the engine's choice"} becomes ${to}`],
  );
}

function argDifferences(wanted: ContainerSpec, found: ContainerSpec): string[] {
  const [, ...args] = wanted.process.args ?? [];
  // The Go k3d starts k3s through a script of another name.
  const present = (found.process.args ?? []).slice(-Math.max(args.length, 1));
  const all = found.process.args ?? [];
  const position = all.findIndex((arg) => arg === args[0]);
  const tail = position < 0 ? present : all.slice(position);
  if (tail.join("\0") === args.join("\0")) return [];
  const gone = tail.filter((arg) => !args.includes(arg));
  const fresh = args.filter((arg) => !tail.includes(arg));
  return [
    ...fresh.map((arg) => `argument ${arg} is new`),
    ...gone.map((arg) => `argument ${arg} is removed`),
    ...(fresh.length + gone.length === 0 ? ["the arguments of k3s change"] : []),
  ];
}

/** Variables that a boot or another version of k3d may set otherwise: no reason to replace a node. */
const OWN_VARIABLES = new Set(["K3D_RESOLVER", "K3S_KUBECONFIG_OUTPUT", "K3S_URL", "K3S_TOKEN"]);

function envDifferences(wanted: ContainerSpec, { info, imageEnv }: ObservedNode): string[] {
  const name = (entry: string): string => entry.split("=", 1)[0] ?? entry;
  const inherited = new Set(imageEnv);
  const found = new Map(info.spec.process.env.map((entry) => [name(entry), entry] as const));
  const asked = new Map(wanted.process.env.map((entry) => [name(entry), entry] as const));
  const causes: string[] = [];
  for (const [key, entry] of asked) {
    if (OWN_VARIABLES.has(key) || found.get(key) === entry) continue;
    causes.push(found.has(key) ? `variable ${key} changes` : `variable ${key} is new`);
  }
  for (const [key, entry] of found) {
    const ours = imageEnv !== undefined && !inherited.has(entry);
    if (ours && !asked.has(key) && !OWN_VARIABLES.has(key))
      causes.push(`variable ${key} is removed`);
  }
  return causes;
}

function portDifferences(wanted: readonly PortBinding[], found: readonly PortBinding[]): string[] {
  const matches = (a: PortBinding, b: PortBinding): boolean =>
    a.containerPort === b.containerPort &&
    a.protocol === b.protocol &&
    isSameAddress(a.hostIp, b.hostIp) &&
    (a.hostPort === undefined || b.hostPort === undefined || a.hostPort === b.hostPort);
  return [
    ...wanted
      .filter((port) => !found.some((other) => matches(port, other)))
      .map((port) => `port ${portText(port)} is new`),
    ...found
      .filter((port) => !wanted.some((other) => matches(other, port)))
      .map((port) => `port ${portText(port)} is removed`),
  ];
}

function mountDifferences(wanted: readonly MountSpec[], { info, labels }: ObservedNode): string[] {
  const kept = new Set(keptVolumes(labels));
  const text = ({ source = "", destination }: { source?: string; destination: string }): string =>
    source === "" ? destination : `${source}:${destination}`;
  const named = (mounts: readonly MountSpec[]): Set<string> =>
    new Set(
      mounts
        .filter(({ type, source }) => type !== "tmpfs" && source !== undefined && !kept.has(source))
        .map(text),
    );
  const [asked, found] = [named(wanted), named(info.spec.mounts)];
  return [
    ...[...asked].filter((mount) => !found.has(mount)).map((mount) => `mount ${mount} is new`),
    ...[...found].filter((mount) => !asked.has(mount)).map((mount) => `mount ${mount} is removed`),
  ];
}

function labelDifferences(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  const isOurs = (key: string): boolean =>
    key === LABELS.app || RESERVED_LABEL_PREFIXES.some((prefix) => key.startsWith(prefix));
  return Object.entries(wanted)
    .filter(([key, value]) => !isOurs(key) && found[key] !== value)
    .map(([key]) => `label ${key} ${key in found ? "changes" : "is new"}`);
}

/** Load balancers have the label and no use for it. */
function aliasDifferences(
  wanted: Readonly<Record<string, string>>,
  found: Readonly<Record<string, string>>,
): string[] {
  const [before, after] = [found[LABELS.hostAliases], wanted[LABELS.hostAliases]];
  return before === after ||
    (before ?? "[]") === (after ?? "[]") ||
    (before === "null" && after === undefined)
    ? []
    : ["host aliases change"];
}

/** Nothing where the label does not tell (a cluster of the Go k3d), or where the files stay as they are. */
function fileDifferences({ files }: DesiredNode, { files: found }: ObservedNode): string[] {
  if (found === undefined || files.length === 0) return [];
  const wanted = fileHashes(files);
  // Labels of former versions tell of those, too.
  const gone = Object.keys(found).filter((path) => !(path in wanted) && !isRegistryFile(path));
  const fresh = Object.keys(wanted).filter((path) => wanted[path] !== found[path]);
  return [
    ...fresh.map((path) => `file ${path} ${path in found ? "changes" : "is new"}`),
    ...(gone.length === 0 ? [] : [`${counted(gone.length, "file")} no longer placed`]),
  ];
}
