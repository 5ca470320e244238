import { K3dError, isK3dError } from "../../errors/index.js";
import type { StepContext } from "../../events/index.js";
import { runsK3s } from "../../model/roles.js";
import { firstServer } from "../../node/find.js";
import { registeredName } from "../../node/kubernetes-node.js";
import { placesOf } from "../../node/places.js";
import { readHooks } from "../../observe/kept-hooks.js";
import { configOf } from "../../plan/config-of.js";
import type { ObservedCluster, ObservedNode } from "../../plan/observed.js";
import { readContainerFile } from "../../runtime/read-file.js";
import { exec } from "../../runtime/run-command.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import { observeNamed, requireServer } from "../clusters/observe-current.js";
import type { Descriptor } from "../images/archive/documents.js";
import type { OperationOptions } from "../options.js";
import { writeBlob } from "./blobs.js";
import { saveImages } from "./capture-images.js";
import {
  SNAPSHOT_VERSION,
  type SnapshotData,
  type SnapshotDatastore,
  type SnapshotDocument,
  type SnapshotNode,
} from "./document.js";
import { freezeSteps } from "./freeze.js";
import { kubernetesIdOf } from "./kubernetes-id.js";
import {
  ETCD_DIRECTORY,
  ETCD_SNAPSHOT_DIRECTORY,
  IDENTITY_PATH,
  SERVER_PATHS,
  datastorePath,
  isKept,
} from "./node-paths.js";
import { type Owners, ownersOfArchive, ownersOfNode } from "./owners.js";
import { sealSnapshot } from "./seal.js";
import type { SnapshotStore, StoredSnapshot } from "./store.js";
import { fromRoot, isWithin, mapEntries } from "./tar-entries.js";

/** What shall be kept, under which name. */
export interface CaptureRequest {
  cluster: string;
  /** Default: the cluster's name and the time. */
  name?: string;
  /** Directories of the nodes to keep besides, absolute. */
  volumes?: readonly string[];
}

/**
 * Keeps a running cluster as it is at one moment. Images are read while it works; its nodes stand
 * still only while the datastore and the volumes are read.
 *
 * @throws `NOT_FOUND`, `ALREADY_EXISTS`, `CONTAINER_FAILED` (nodes do not run), `UNSUPPORTED` (its data
 * is elsewhere), `NO_SPACE`, `LOCKED` (another command takes one of the same cluster); nothing is kept then, and the cluster goes on.
 */
export async function captureCluster(
  request: CaptureRequest,
  deps: Collaborators,
  store: SnapshotStore,
  options: OperationOptions,
): Promise<StoredSnapshot> {
  const { signal = new AbortController().signal } = options;
  const observed = await observeNamed(request.cluster, deps, { signal });
  requireServer(observed);
  const now = new Date();
  const name = request.name ?? defaultName(observed.name, now);
  await store.checkFree(name);
  const letGo = await store.holdCluster(observed.name, idOfFirstServer(observed));
  try {
    return await capture(observed, request.volumes ?? [], deps, { store, name, now, signal });
  } finally {
    await letGo();
  }
}

async function capture(
  observed: ObservedCluster,
  volumes: readonly string[],
  deps: Collaborators,
  {
    store,
    name,
    now,
    signal,
  }: { store: SnapshotStore; name: string; now: Date; signal: AbortSignal },
): Promise<StoredSnapshot> {
  const source = await inspectSource(observed, volumes, deps, signal);
  const layout = await store.begin();
  try {
    const document = await describe(observed, source, deps, { name, now, signal });
    const images: Descriptor[] = [];
    await runSteps(captureSteps(document, source, { deps, layout, images }), { ...deps, signal });
    await sealSnapshot(layout, document, images);
    return await store.publish(layout, name);
  } catch (error) {
    await store.discard(layout);
    throw error;
  }
}

/** The same for all commands, whatever its nodes do. */
function idOfFirstServer({ name, nodes }: ObservedCluster): string {
  return nodes.find(({ role }) => role === "server")?.id ?? name;
}

function defaultName(cluster: string, now: Date): string {
  const time = now
    .toISOString()
    .replaceAll(/[-:]|\..*/g, "")
    .replace("T", "-");
  return `${cluster}-${time}`;
}

/** What is to be read of a cluster. */
interface Source {
  server: ObservedNode;
  nodes: ObservedNode[];
  k3sVersion: string;
  datastore: SnapshotDatastore;
  /** Directories asked for, by the nodes that have them. */
  volumes: { node: ObservedNode; path: string }[];
}

async function inspectSource(
  { name, nodes: all }: ObservedCluster,
  volumes: readonly string[],
  { runtime }: Collaborators,
  signal: AbortSignal,
): Promise<Source> {
  const nodes = all.filter(runsK3s);
  const stopped = nodes.filter(({ status }) => status !== "running").map((node) => node.name);
  if (stopped.length > 0) {
    throw new K3dError(
      "CONTAINER_FAILED",
      `Cluster '${name}' does not run completely: ${stopped.join(", ")}`,
      { hint: `Start it with: k3d cluster start ${name}` },
    );
  }
  const server =
    nodes.find(({ initServer }) => initServer) ?? nodes.find(({ role }) => role === "server");
  if (server === undefined) throw new K3dError("INTERNAL", `Cluster '${name}' has no server`);
  for (const node of nodes) refuseElsewhere(name, node);
  const script = `k3s --version; [ -d ${ETCD_DIRECTORY} ] && echo datastore etcd; exit 0`;
  const told = await exec(runtime, server.id, ["sh", "-c", script], { signal });
  const found: Source["volumes"] = [];
  for (const node of nodes) {
    const args = ["sh", "-c", 'for path; do [ -e "$path" ] && echo "$path"; done; exit 0', "sh"];
    if (volumes.length === 0) break;
    const answer = await exec(runtime, node.id, [...args, ...volumes], { signal });
    for (const path of answer.split("\n").filter(Boolean)) found.push({ node, path });
  }
  const missing = volumes.find((volume) => !found.some(({ path }) => path === volume));
  if (missing !== undefined) {
    throw new K3dError("NOT_FOUND", `No node of cluster '${name}' has a directory ${missing}`, {
      hint: "Name a directory as the nodes see it.",
    });
  }
  return {
    server,
    nodes,
    k3sVersion: /^k3s version (\S+)/m.exec(told)?.[1] ?? "",
    datastore: /^datastore etcd$/m.test(told) ? "etcd" : "sqlite",
    volumes: found,
  };
}

/** Flags and variables with which k3s keeps its state where nobody but the user can take it from. */
const ELSEWHERE: readonly [RegExp, string][] = [
  [
    /^(?:--datastore-endpoint|K3S_DATASTORE_ENDPOINT)(?:=|$)/,
    "its datastore is outside the cluster",
  ],
  [/^(?:--data-dir|-d|K3S_DATA_DIR)(?:=|$)/, "its nodes have another data directory"],
];

function refuseElsewhere(cluster: string, { info }: ObservedNode): void {
  const words = [...(info.spec.process.args ?? []), ...info.spec.process.env];
  const reason = ELSEWHERE.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1];
  if (reason === undefined) return;
  throw new K3dError("UNSUPPORTED", `Cluster '${cluster}' cannot be saved: ${reason}`, {
    hint: "Save its data with the tools of its datastore.",
  });
}

async function describe(
  observed: ObservedCluster,
  source: Source,
  { runtime, settings }: Collaborators,
  { name, now, signal }: { name: string; now: Date; signal: AbortSignal },
): Promise<SnapshotDocument> {
  const { server } = source;
  const [info, image, registriesYaml, hooks, kubernetesId] = await Promise.all([
    runtime.info({ signal }),
    runtime.images.inspect(server.info.spec.image, { signal }).catch((error: unknown) => {
      if (isK3dError(error, "IMAGE_NOT_FOUND", "NOT_FOUND", "INVALID_INPUT")) return undefined;
      throw error;
    }),
    readContainerFile(runtime, server.id, "/etc/rancher/k3s/registries.yaml", { signal }),
    readHooks(runtime, firstServer(observed.nodes), { signal }),
    kubernetesIdOf(runtime, server.id, signal),
  ]);
  const places = placesOf(observed.name, source.nodes);
  return {
    version: SNAPSHOT_VERSION,
    name,
    cluster: observed.name,
    created: now.toISOString(),
    k3d: settings.version,
    runtime: runtime.name,
    architecture: image?.architecture ?? info.architecture,
    k3sVersion: source.k3sVersion,
    imageId: image?.id,
    kubernetesId,
    datastore: source.datastore,
    token: observed.view.token ?? "",
    config: configOf(observed, {
      imageLabels: image?.config.labels ?? {},
      registriesYaml,
      hooks,
    }),
    nodes: source.nodes.map((node): SnapshotNode => ({
      name: node.name,
      role: node.role === "server" ? "server" : "agent",
      index: places.get(node.name) ?? 0,
      kubernetesNode: registeredName(node.role, node.info),
    })),
    data: [],
    images: [],
  };
}

interface Capture {
  deps: Collaborators;
  layout: string;
  images: Descriptor[];
}

/** Images → etcd's own snapshot → nodes stand still → data → nodes go on. */
function captureSteps(document: SnapshotDocument, source: Source, work: Capture): Step[] {
  const { deps, layout } = work;
  const { runtime } = deps;
  const isEtcd = document.datastore === "etcd";
  const images: Step = {
    id: "snapshot:images",
    title: "Save the nodes' images",
    async run(context) {
      work.images.push(...(await saveImages(source.nodes, document, deps, layout, context)));
    },
  };
  const owners = new Map<Source["volumes"][number], Owners>();
  const whose: Step = {
    id: "snapshot:owners",
    title: "Find the owners of files in volumes",
    needs: [images.id],
    async run({ signal }) {
      for (const volume of source.volumes)
        owners.set(volume, await ownersOfNode(runtime, volume.node.id, volume.path, signal));
    },
  };
  const asked = source.volumes.length > 0 ? [whose] : [];
  const standing = [...(isEtcd ? [] : [source.server]), ...source.volumes.map(({ node }) => node)];
  const { freeze, thaw } = freezeSteps([...new Set(standing)], deps, {
    freeze: [images, ...asked].map(({ id }) => id).concat(isEtcd ? "snapshot:etcd" : []),
    thaw: ["snapshot:data"],
  });
  const data: Step = {
    id: "snapshot:data",
    title: "Save the cluster's data",
    needs: freeze.map(({ id }) => id).concat(images.id, isEtcd ? "snapshot:etcd" : []),
    run: async (context) => {
      await keep(source.server, "server", datastore(), context);
      for (const volume of source.volumes)
        await keep(volume.node, "volume", volume.path, context, owners.get(volume));
    },
  };
  const rest: Step = {
    id: "snapshot:identity",
    title: "Save certificates, token and manifests",
    needs: thaw.length > 0 ? thaw.map(({ id }) => id) : [data.id],
    run: async (context) => {
      const { server } = source;
      for (const path of SERVER_PATHS) await keep(server, "server", path, context);
      for (const node of source.nodes) await keep(node, "identity", IDENTITY_PATH, context);
      if (isEtcd) await removeEtcdSnapshot(server, etcdName(document), runtime, context.signal);
    },
  };
  const datastore = (): string => datastorePath(document.datastore, document.etcdSnapshot);
  const keep = async (
    node: ObservedNode,
    kind: SnapshotData["kind"],
    path: string,
    { signal, progress }: StepContext,
    owned: Owners = ownersOfArchive,
  ): Promise<void> => {
    progress(`${node.name}:${path}`);
    const isNeeded = kind === "volume" || path === datastore();
    try {
      const archive = await runtime.containers.getArchive(node.id, path, { signal });
      const named = fromRoot(path);
      const chosen = await mapEntries(archive, (found) => {
        const header = named(found);
        const isWanted = isWithin(path, header) && (kind === "volume" || isKept(header));
        return isWanted ? owned(header) : undefined;
      });
      const blob = await writeBlob(layout, chosen, signal);
      document.data.push({ kind, path, node: node.name, ...blob });
    } catch (error) {
      if (isNeeded || !isK3dError(error, "NOT_FOUND")) throw error;
    }
  };
  return [
    images,
    ...asked,
    ...(isEtcd ? [etcdStep(document, source, deps)] : []),
    ...freeze,
    data,
    ...thaw,
    rest,
  ];
}

const etcdName = ({ name }: SnapshotDocument): string => `k3d-${name.toLowerCase()}`;

/** etcd's own snapshot: whole although the servers go on. */
function etcdStep(
  document: SnapshotDocument,
  { server }: Source,
  { runtime }: Collaborators,
): Step {
  const base = etcdName(document);
  const script = `cd ${ETCD_SNAPSHOT_DIRECTORY} 2>/dev/null && ls -1 | grep -F "$1" | tail -n 1; exit 0`;
  return {
    id: "snapshot:etcd",
    title: "Let etcd write a snapshot",
    async run({ signal }) {
      await exec(runtime, server.id, ["k3s", "etcd-snapshot", "save", "--name", base], { signal });
      const found = await exec(runtime, server.id, ["sh", "-c", script, "sh", base], { signal });
      const file = found.trim();
      if (file === "") {
        throw new K3dError("COMMAND_FAILED", `k3s in ${server.name} wrote no etcd snapshot`, {
          hint: `See its log: k3d logs ${server.name}`,
        });
      }
      document.etcdSnapshot = file;
    },
    undo: ({ signal }) => removeEtcdSnapshot(server, base, runtime, signal),
  };
}

/** Takes what etcd wrote out of the server again. */
async function removeEtcdSnapshot(
  server: ObservedNode,
  base: string,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<void> {
  const script = `rm -f ${ETCD_SNAPSHOT_DIRECTORY}/"$1"*`;
  await exec(runtime, server.id, ["sh", "-c", script, "sh", base], { signal });
}
