import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { FatalError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import { clusterGet, validateToken, type ClusterAccess } from "../net/cluster-access.ts";
import type { Bootstrap, ClusterPki } from "../pki/cluster-pki.ts";
import {
  clearRemovedMember,
  EtcdDatastore,
  etcdInitialized,
  writeTombstone,
} from "../store/etcd.ts";
import { LocalDatastore } from "../store/local.ts";
import type { PeerTlsFiles } from "../store/peer-transport.ts";
import type { Member } from "../store/raft-types.ts";
import type { Datastore } from "../store/types.ts";
import { parseToken } from "./token.ts";
import { sansOf } from "./serving-certificate.ts";
import type { ServerConfig } from "./config.ts";

/** Where the state of this server lives, decided from its arguments and what it has on disk. */
export interface DatastorePlan {
  kind: "sqlite" | "etcd" | "external";
  /** The external datastore, already open because it holds the authorities. */
  datastore?: Datastore;
  /** How to reach the cluster that is being joined. */
  access?: ClusterAccess;
}

const starting = (error: unknown): never => {
  throw new FatalError(`starting kubernetes: preparing server: ${messageOf(error)}`);
};

/**
 * Decides on the datastore and, where another cluster is joined, takes over its
 * authorities. Source: k3s' `pkg/cluster/bootstrap.go`.
 */
export async function planDatastore(config: ServerConfig, pki: ClusterPki): Promise<DatastorePlan> {
  const { paths, serverUrl, token, options } = config;
  const directory = paths.server("db", "etcd");
  if (config.datastoreEndpoint && !config.datastoreEndpoint.startsWith("sqlite://"))
    return { kind: "external", datastore: await bootstrapFromDatastore(config, pki) };
  if (clearRemovedMember(directory))
    log.info("tombstone file has been detected, removing data dir to rejoin the cluster");
  const managed = options.bool("cluster-init") || serverUrl !== "" || etcdInitialized(directory);
  if (!managed) return { kind: "sqlite" };
  if (etcdInitialized(directory)) {
    log.info("Managed etcd cluster bootstrap already complete and initialized");
    return { kind: "etcd" };
  }
  if (serverUrl === "") {
    log.info("Managed etcd cluster initializing");
    return { kind: "etcd" };
  }
  if (token === "") starting(new Error("K3S_TOKEN is required to join a cluster"));
  const access = await validateToken(serverUrl, token, "server").catch(starting);
  if (!access) throw new FatalError("starting kubernetes: preparing server: no access");
  log.info("Managed etcd cluster not yet initialized");
  const bootstrap = await clusterGet(access, "/v1-k3s/server-bootstrap").catch(starting);
  pki.importBootstrap(JSON.parse(bootstrap) as Bootstrap);
  return { kind: "etcd", access };
}

/**
 * Shares the authorities through an external datastore: the first server puts
 * them there under a key made from the token, the others take them over.
 * Source: k3s' `pkg/cluster/storage.go`.
 */
async function bootstrapFromDatastore(config: ServerConfig, pki: ClusterPki): Promise<Datastore> {
  const datastore = (await openDatastore(config).catch(starting)) as Datastore;
  const token = config.token ? parseToken(config.token).password : "";
  const prefix = "/bootstrap/";
  const key = `${prefix}${createHash("sha256").update(token).digest("hex").slice(0, 12)}`;
  const found = datastore.state.get(key);
  if (!found && datastore.state.list(prefix).length > 0)
    starting(new Error("bootstrap data already found and encrypted with different token"));
  if (!found) {
    await pki.ensureAuthorities();
    const value = { metadata: { name: "bootstrap" }, authorities: pki.exportBootstrap() };
    const outcome = await datastore.propose({ type: "put", key, value, expect: 0 });
    if (outcome.ok) return datastore;
  }
  pki.importBootstrap((found ?? datastore.state.get(key))?.value["authorities"] as Bootstrap);
  return datastore;
}

/** The certificate with which etcd members know each other; renewed when this server's names changed. */
async function peerCertificate(
  config: ServerConfig,
  pki: ClusterPki,
): Promise<{ certPem: string; keyPem: string }> {
  const request = {
    commonName: "etcd-peer",
    sans: config.sans,
    usages: ["server" as const, "client" as const],
  };
  const stem = ["etcd", "peer-server-client"];
  const kept = await pki.ensure("etcdPeer", stem, request);
  const names = new Set(sansOf(kept.certPem));
  return config.nodeIps.every((address) => names.has(address))
    ? kept
    : pki.renew("etcdPeer", stem, request);
}

/** Time between the attempts of a server that waits for another one to be promoted, as k3s has it. */
const joinRetryMs = 1000;

/**
 * The time without a leader after which a member stands for election: from how long this process
 * took to get here, because a slow or busy machine also delays the leader's heartbeats.
 */
export function electionMsFor(startMs: number): number {
  return Math.round(Math.min(10_000, Math.max(1000, 3 * startMs)));
}

export function createEtcd(config: ServerConfig): EtcdDatastore {
  return new EtcdDatastore({
    directory: config.paths.server("db", "etcd"),
    nodeName: config.nodeName,
    address: config.nodeIps[0] as string,
    electionMs: config.knobs.electionMs ?? electionMsFor(performance.now()),
    promoteMs: config.knobs.promoteMs,
    onRemoved: () => {
      writeTombstone(config.paths.server("db", "etcd"));
      log.fatal(
        "this node has been removed from the cluster please restart k3s to rejoin the cluster",
      );
      process.exit(1);
    },
  });
}

/** Starts the embedded etcd as a first, a known or a joining member. */
export async function startEtcd(
  config: ServerConfig,
  pki: ClusterPki,
  etcd: EtcdDatastore,
  access?: ClusterAccess,
): Promise<void> {
  const tls = { ca: pki.authority("etcdPeer").certPem, own: await peerCertificate(config, pki) };
  if (!access) return etcd.start(tls);
  try {
    while (!(await joinEtcd(config, etcd, tls, access))) await delay(joinRetryMs);
  } catch (error) {
    throw new FatalError(`etcd cluster join failed: ${messageOf(error)}`);
  }
}

/**
 * One attempt to become a member; false when another one has to be promoted first and this server
 * waits for it instead of ending. Source: k3s' `pkg/etcd/etcd.go`.
 */
async function joinEtcd(
  config: ServerConfig,
  etcd: EtcdDatastore,
  tls: PeerTlsFiles,
  access: ClusterAccess,
): Promise<boolean> {
  const waits = config.knobs.learnerConflict === "wait";
  const text = await clusterGet(access, "/db/info").catch((error: unknown) => {
    if (!waits) throw error;
    log.info(
      `Waiting to retrieve etcd cluster member list: failed to get MemberList from server: ${messageOf(error)}`,
    );
  });
  if (text === undefined) return false;
  const info = JSON.parse(text) as { members: Member[] };
  const duplicate = info.members.some(
    (member) =>
      member.name !== etcd.name && member.name.replace(/-[0-9a-f]{8}$/, "") === config.nodeName,
  );
  if (duplicate)
    throw new Error("duplicate node name found, please use a unique name for this node");
  const list = info.members.map((member) => `${member.name}=${member.peerUrl}`);
  log.info(`Adding member ${etcd.name}=${etcd.peerUrl} to etcd cluster [${list.join(" ")}]`);
  try {
    await etcd.start(tls, { members: info.members });
    return true;
  } catch (error) {
    const busy = messageOf(error) === "etcdserver: too many learner members in cluster";
    if (!busy || !waits) throw error;
    log.info(`Waiting for other members to finish joining etcd cluster: ${messageOf(error)}`);
    return false;
  }
}

/** Opens the datastore of a server without embedded etcd. */
export async function openDatastore(config: ServerConfig): Promise<Datastore> {
  const endpoint = config.datastoreEndpoint;
  if (endpoint === "") return LocalDatastore.open(config.paths.server("db", "state.db"));
  if (endpoint.startsWith("sqlite://"))
    return LocalDatastore.open(
      config.paths.at(endpoint.slice("sqlite://".length).split("?")[0] as string),
    );
  if (/^https?:\/\//.test(endpoint)) {
    const { RemoteEtcdDatastore } = await import("../store/remote-etcd.ts");
    const read = (flag: string): string | undefined => {
      const file = config.options.string(flag);
      if (!file) return undefined;
      try {
        return readFileSync(config.paths.at(file), "utf8");
      } catch (error) {
        throw new FatalError(
          `starting kubernetes: preparing server: creating storage endpoint: ${messageOf(error)}`,
        );
      }
    };
    return RemoteEtcdDatastore.connect({
      endpoints: endpoint.split(","),
      ca: read("datastore-cafile"),
      cert: read("datastore-certfile"),
      key: read("datastore-keyfile"),
    });
  }
  const scheme = /^([a-z0-9+]+):\/\//.exec(endpoint)?.[1] ?? endpoint;
  throw new FatalError(
    `starting kubernetes: preparing server: creating storage endpoint: building kine: the k3s stand-in does not speak ${scheme}; give --datastore-endpoint an etcd URL`,
  );
}
