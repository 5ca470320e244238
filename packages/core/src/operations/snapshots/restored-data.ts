import { runsK3s } from "../../model/roles.js";
import type { DesiredCluster, DesiredNode } from "../../plan/desired.js";
import { packFiles } from "../../runtime/archive.js";
import { exec } from "../../runtime/run-command.js";
import type { NodeArchive, RestoredData } from "../../steps/restored.js";
import { ETCD_RESTORE_PATH } from "../../node/entrypoint-parts.js";
import { posix } from "node:path";
import { readBlob } from "./blobs.js";
import { damagedSnapshot, type SnapshotData, type SnapshotNode } from "./document.js";
import { forgetNodes } from "./forget-nodes.js";
import { checkKubernetesId } from "./kubernetes-id.js";
import { awaitOwnServers, ownAddresses } from "./former-servers.js";
import { checkLoadedImages } from "./loaded-images.js";
import { IMAGES_ARCHIVE, datastorePath } from "./node-paths.js";
import { imageArchive } from "./node-image-archive.js";
import { persistentClient } from "./persistent-client.js";
import type { StoredSnapshot } from "./store.js";
import { isWithin, mapEntries } from "./tar-entries.js";

/** What the nodes of a new cluster get of a snapshot. */
export function restoredData(snapshot: StoredSnapshot): RestoredData {
  const { document } = snapshot;
  const byNode = new Map(document.nodes.map((node) => [node.name, node]));
  return {
    name: document.name,
    archivesFor(node, { desired }) {
      if (!runsK3s(node)) return [];
      const data = document.data.filter((part) =>
        isFor(part, byNode.get(part.node), node, desired.nodes),
      );
      const archives = data.map((part) => partArchive(snapshot, part, node));
      if (document.images.length > 0) archives.push(imagesOf(snapshot));
      const { etcdSnapshot } = document;
      if (node.initServer && etcdSnapshot !== undefined) archives.push(etcdNote(etcdSnapshot));
      return archives;
    },
    async settle({ desired, collaborators }, { client }, signal) {
      if (client === undefined) return;
      const present = desired.nodes.flatMap(({ kubernetesNode }) => kubernetesNode ?? []);
      const patient = persistentClient(client, collaborators.clock);
      const { name, kubernetesId: expected } = document;
      if (expected !== undefined) {
        const known = { cluster: desired.name, snapshot: name, expected };
        await checkKubernetesId(patient, known, signal);
      }
      await forgetNodes(patient, present, successors(document.nodes, desired), signal);
      const own = await ownAddresses(desired, collaborators.runtime, signal);
      await awaitOwnServers(patient, own, collaborators.clock, signal);
    },
    async tidy({ name }, { runtime, collaborators }, signal) {
      const { images } = document;
      if (images.length === 0) return;
      await checkLoadedImages(name, images, collaborators, signal);
      await exec(runtime, name, ["rm", "-f", IMAGES_ARCHIVE], { signal });
    },
  };
}

/** Volumes of nodes that there are no more go to the first server. */
function isFor(
  { kind }: SnapshotData,
  former: SnapshotNode | undefined,
  node: DesiredNode,
  nodes: readonly DesiredNode[],
): boolean {
  if (kind === "server") return node.initServer;
  if (kind === "identity")
    return former?.kubernetesNode !== undefined && former.kubernetesNode === node.kubernetesNode;
  if (former === undefined) return false;
  const isSame = ({ role, index }: DesiredNode): boolean =>
    role === former.role && index === former.index;
  return nodes.some(isSame) ? isSame(node) : node.initServer;
}

function partArchive(
  { layout, document }: StoredSnapshot,
  part: SnapshotData,
  node: DesiredNode,
): NodeArchive {
  const placed = new Set(node.files.map(({ path }) => path.slice(1)));
  return {
    what: part.path,
    directory: posix.dirname(part.path),
    open: () =>
      mapEntries(readBlob(layout, part, document.name), (header) => {
        if (!isWithin(part.path, header))
          throw damagedSnapshot(document.name, `it holds '${header.name}' in ${part.path}`);
        // What k3d places itself is about this cluster.
        return placed.has(header.name) ? undefined : header;
      }),
  };
}

function imagesOf(snapshot: StoredSnapshot): NodeArchive {
  return {
    what: "images",
    directory: posix.dirname(IMAGES_ARCHIVE),
    async open() {
      const archive = await imageArchive(snapshot, IMAGES_ARCHIVE);
      return archive ?? packFiles([]);
    },
  };
}

function etcdNote(etcdSnapshot: string): NodeArchive {
  const content = `${datastorePath("etcd", etcdSnapshot)}\n`;
  const file = { path: ETCD_RESTORE_PATH, content, mode: 0o600, description: "etcd snapshot" };
  return {
    what: "etcd snapshot",
    directory: posix.dirname(ETCD_RESTORE_PATH),
    open: () => packFiles([file]),
  };
}

/** Which Kubernetes Node has what a former one had. */
function successors(
  former: readonly SnapshotNode[],
  { nodes }: DesiredCluster,
): ReadonlyMap<string, string> {
  const init = nodes.find(({ initServer }) => initServer)?.kubernetesNode;
  return new Map(
    former.flatMap(({ kubernetesNode, role, index }) => {
      const same = nodes.find((node) => node.role === role && node.index === index);
      const successor = same?.kubernetesNode ?? init;
      return kubernetesNode === undefined || successor === undefined
        ? []
        : [[kubernetesNode, successor] as const];
    }),
  );
}
