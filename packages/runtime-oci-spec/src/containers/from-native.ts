import type {
  ContainerInfo,
  ContainerMountInfo,
  ContainerNetworkInfo,
  ContainerSummary,
  MountSpec,
  PortBinding,
} from "@k3d/core/runtime";
import { DEFAULT_NETWORK } from "../networks/lifecycle.ts";
import type { Engine } from "../engine/engine.ts";
import type { NetworkRecord } from "../store/network-records.ts";
import type { ContainerRecord, ContainerState } from "../store/records.ts";
import type { Sight } from "./look.ts";
import { withOutcome } from "./reconcile.ts";

interface Observed {
  record: ContainerRecord;
  sight: Sight;
  networks: readonly NetworkRecord[];
}

export function summarize({ record, sight, networks }: Observed): ContainerSummary {
  const { status, state } = sight;
  const isUp = status === "running" || status === "paused";
  return {
    id: record.id,
    name: record.name,
    image: record.spec.image,
    status,
    labels: record.spec.labels,
    created: new Date(record.created),
    networks: record.networks.map((attachment) =>
      networkInfo(attachment, isUp ? state : undefined, networks),
    ),
    ports: isUp ? publishedPorts(record, state) : record.spec.ports,
  };
}

export async function describe(engine: Engine, observed: Observed): Promise<ContainerInfo> {
  const { record, sight } = observed;
  const { live } = sight;
  const state = await withOutcome(engine, record.id, sight.state, live);
  const summary = summarize(observed);
  const isUp = summary.status === "running" || summary.status === "paused";
  const { spec } = record;
  return {
    ...summary,
    hostname: spec.hostname ?? spec.name,
    ...(state.startedAt === undefined ? {} : { startedAt: new Date(state.startedAt) }),
    ...(state.finishedAt === undefined ? {} : { finishedAt: new Date(state.finishedAt) }),
    exitCode: state.exitCode,
    error: state.error,
    ...(isUp && live ? { pid: live.pid } : {}),
    restartCount: state.restartCount,
    spec: { ...spec, name: record.name, networks: wantedNetworks(record) },
    restartPolicy: spec.restartPolicy ?? { name: "no" },
    mounts: [
      ...spec.mounts.map((mount) => mountInfo(mount, record)),
      ...Object.entries(record.anonymousVolumes)
        .filter(([destination]) => !spec.mounts.some((mount) => mount.destination === destination))
        .map(([destination, source]): ContainerMountInfo => ({
          type: "volume",
          destination,
          source,
          readOnly: false,
        })),
    ],
  };
}

function networkInfo(
  attachment: ContainerRecord["networks"][number],
  state: ContainerState | undefined,
  networks: readonly NetworkRecord[],
): ContainerNetworkInfo {
  const { name, ipv4Address: fixed, aliases } = attachment;
  const network = networks.find((candidate) => candidate.name === name);
  const current =
    state?.interfaces.find((attached) => attached.network === name)?.ipv4Address ?? fixed;
  return {
    name,
    ...(network === undefined ? {} : { id: network.id, gateway: network.gateway }),
    ipv4Address: current,
    fixedIpv4Address: fixed,
    aliases,
  };
}

/** The networks a re-creation has to ask for: the default one comes by itself. */
function wantedNetworks({ spec, networks }: ContainerRecord): ContainerRecord["networks"] {
  return spec.networks.length === 0
    ? networks.filter(({ name }) => name !== DEFAULT_NETWORK)
    : networks;
}

function publishedPorts(record: ContainerRecord, state: ContainerState): PortBinding[] {
  return state.ports ?? record.spec.ports;
}

function mountInfo(
  { type, destination, source, options }: MountSpec,
  record: ContainerRecord,
): ContainerMountInfo {
  const from = source ?? record.anonymousVolumes[destination];
  return {
    type,
    destination,
    source: from,
    readOnly: options?.includes("ro") ?? false,
  };
}
