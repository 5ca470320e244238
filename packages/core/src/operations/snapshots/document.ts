import { K3dError } from "../../errors/index.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import type { K3sRole } from "../../model/roles.js";

/** What the manifest of a snapshot is: an artifact as the OCI image specification describes them. */
export const SNAPSHOT_ARTIFACT = "application/vnd.k3d.snapshot.v1+json";
/** Its configuration: a {@link SnapshotDocument}. */
export const SNAPSHOT_CONFIG = "application/vnd.k3d.snapshot.config.v1+json";
/** Its layers: tar archives of parts of nodes. */
export const SNAPSHOT_DATA = "application/vnd.k3d.snapshot.data.v1.tar+zstd";
/** Raised when a reader of the former version would restore something wrong. */
export const SNAPSHOT_VERSION = 1;

/** Which datastore the servers had. */
export type SnapshotDatastore = "sqlite" | "etcd";

/** A node of the cluster at the time. */
export interface SnapshotNode {
  /** Name of its container. */
  name: string;
  role: K3sRole;
  index: number;
  /** Name of its Kubernetes Node; absent where it registered none. */
  kubernetesNode?: string;
}

/** A directory of a node, kept as one tar archive; entry names count from the root. */
export interface SnapshotData {
  /** `server`: what servers keep; `identity`: the node's password; `volume`: asked for by `--volume`. */
  kind: "server" | "identity" | "volume";
  /** Absolute, in the node. */
  path: string;
  /** As in {@link SnapshotNode}. */
  node: string;
  /** Of the blob: the archive compressed with zstd. */
  digest: string;
  /** Bytes of the blob. */
  size: number;
  /** Bytes of the archive. */
  unpackedSize: number;
}

/** What a snapshot says of itself. */
export interface SnapshotDocument {
  version: typeof SNAPSHOT_VERSION;
  name: string;
  /** Name of the cluster that it is of. */
  cluster: string;
  /** ISO 8601. */
  created: string;
  /** Version of k3d. */
  k3d: string;
  runtime: string;
  /** Of the nodes, as Go names it: `amd64`. */
  architecture: string;
  /** Of the first server, as `k3s --version` says it: `v1.21.14+k3s1`. */
  k3sVersion: string;
  /** Content id of the servers' image, by which the same one is known again; absent where it was gone. */
  imageId?: string;
  /** Which cluster the datastore is of: the uid of its namespace kube-system; absent where the API did not tell. */
  kubernetesId?: string;
  datastore: SnapshotDatastore;
  /** Where in the server's data etcd's own snapshot is. */
  etcdSnapshot?: string;
  /** The cluster's token, with which k3s encrypted what it keeps of the authorities in the datastore. */
  token: string;
  /** A config file that makes such a cluster. */
  config: SimpleConfig;
  nodes: SnapshotNode[];
  data: SnapshotData[];
  /** Names of the images in the nodes. */
  images: string[];
}

/** @throws `INVALID_INPUT` when it is no such document, or one of a newer k3d. */
export function parseSnapshotDocument(text: string, source: string): SnapshotDocument {
  const value = parsed(text, source);
  const { version } = value;
  if (typeof version === "number" && version > SNAPSHOT_VERSION) {
    throw new K3dError(
      "INVALID_INPUT",
      `Snapshot ${source} has format ${version}; this k3d knows ${SNAPSHOT_VERSION}`,
      { hint: "Use the k3d that wrote it, or a newer one." },
    );
  }
  const problem = problemOf(value);
  if (problem === undefined) return value as unknown as SnapshotDocument;
  throw damagedSnapshot(source, problem);
}

/** What is wrong with a snapshot itself. */
export function damagedSnapshot(source: string, problem: string): K3dError {
  return new K3dError("INVALID_INPUT", `Snapshot ${source} is damaged: ${problem}`, {
    hint: "Import it again from where it came from, or take another one.",
  });
}

function parsed(text: string, source: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // told below
  }
  throw damagedSnapshot(source, "its description is not valid JSON");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TEXTS = [
  "name",
  "cluster",
  "created",
  "k3d",
  "runtime",
  "architecture",
  "k3sVersion",
  "token",
] as const;

function problemOf(value: Record<string, unknown>): string | undefined {
  if (value["version"] !== SNAPSHOT_VERSION) return "it has no version";
  const missing = TEXTS.find((key) => typeof value[key] !== "string");
  if (missing !== undefined) return `it lacks '${missing}'`;
  if (!["sqlite", "etcd"].includes(String(value["datastore"])))
    return "it names no known datastore";
  if (!isObject(value["config"])) return "it lacks 'config'";
  for (const [key, isValid] of Object.entries(LISTS)) {
    const list = value[key];
    if (!Array.isArray(list) || !list.every(isValid)) return `its '${key}' are invalid`;
  }
  const nodes = new Set((value["nodes"] as SnapshotNode[]).map(({ name }) => name));
  const data = value["data"] as SnapshotData[];
  if (data.some(({ node }) => !nodes.has(node)))
    return "it has data of a node that it does not name";
  if (!data.some(({ kind }) => kind === "server")) return "it lacks a server's data";
  return undefined;
}

const LISTS: Readonly<Record<string, (entry: unknown) => boolean>> = {
  nodes: (entry) =>
    isObject(entry) &&
    typeof entry["name"] === "string" &&
    (entry["role"] === "server" || entry["role"] === "agent") &&
    isCount(entry["index"]),
  data: (entry) =>
    isObject(entry) &&
    ["server", "identity", "volume"].includes(String(entry["kind"])) &&
    typeof entry["path"] === "string" &&
    isPlainPath(entry["path"]) &&
    typeof entry["node"] === "string" &&
    DIGEST.test(String(entry["digest"])) &&
    isCount(entry["size"]) &&
    isCount(entry["unpackedSize"]),
  images: (entry) => typeof entry === "string",
};

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

/** The only digests that are used. */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Absolute, and as it is written: nothing in it leads elsewhere. */
export function isPlainPath(path: string): boolean {
  return (
    path.startsWith("/") &&
    path.length > 1 &&
    path
      .slice(1)
      .split("/")
      .every((part) => part !== "" && part !== "." && part !== "..")
  );
}
