import type { Header } from "tar-stream";
import type { SnapshotDatastore } from "./document.js";

/** Where k3s keeps a server's state: https://docs.k3s.io/cli/server, `--data-dir`. */
const SERVER = "/var/lib/rancher/k3s/server";
/** Where the node's password is, by which servers know it again. */
export const IDENTITY_PATH = "/etc/rancher/node";
/** What k3s loads into containerd at every start, before the kubelet. */
export const IMAGES_ARCHIVE = "/var/lib/rancher/k3s/agent/images/k3d-snapshot.tar";
const ETCD_SNAPSHOTS = `${SERVER}/db/snapshots`;
export const ETCD_DIRECTORY = `${SERVER}/db/etcd`;

/** What a server keeps besides its datastore. */
export const SERVER_PATHS: readonly string[] = [
  "tls",
  "cred",
  "manifests",
  "token",
  "node-token",
  "agent-token",
].map((name) => `${SERVER}/${name}`);

/** @param etcdSnapshot name of etcd's own snapshot. */
export function datastorePath(datastore: SnapshotDatastore, etcdSnapshot = ""): string {
  return datastore === "etcd" ? `${ETCD_SNAPSHOTS}/${etcdSnapshot}` : `${SERVER}/db`;
}

export const ETCD_SNAPSHOT_DIRECTORY = ETCD_SNAPSHOTS;

/**
 * Whether k3s cannot make it anew. Certificates that name the cluster's nodes, and what is made of
 * them, it signs again with the authorities, which stay; the same authorities are in the datastore.
 */
export function isKept({ name, type }: Header): boolean {
  if (type === "directory") return !/\/tls\/temporary-certs\/?$/.test(name);
  if (name.includes("/server/tls/")) return AUTHORITY.test(name);
  return !/\/server\/cred\/.*\.kubeconfig$|\.sock$/.test(name);
}

const AUTHORITY = /(?:^|[/.-])ca\.(?:crt|key|pem)$|\/service\.(?:\w+\.)?key$/;
