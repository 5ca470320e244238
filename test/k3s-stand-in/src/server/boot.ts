import { createServer, type Server } from "node:https";
import { KubeApi } from "../api/handler.ts";
import { Objects } from "../api/objects.ts";
import { FatalError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import { ClusterPki } from "../pki/cluster-pki.ts";
import type { EtcdDatastore } from "../store/etcd.ts";
import type { Datastore, KubeObject } from "../store/types.ts";
import { pollUntil } from "../wait.ts";
import { ApiEndpoints } from "./api-endpoints.ts";
import { clearResetFile, performClusterReset } from "./cluster-reset.ts";
import { loopbackUrl, type ServerConfig } from "./config.ts";
import {
  createEtcd,
  openDatastore,
  planDatastore,
  startEtcd,
  type DatastorePlan,
} from "./datastore.ts";
import { createSystemObjects, deployCoreDns } from "./defaults.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { deployManifests } from "./manifests.ts";
import { EtcdConditions } from "./etcd-conditions.ts";
import { NodeController } from "./node-controller.ts";
import { ServiceAccountController } from "./service-accounts.ts";
import { Passwd } from "./passwd.ts";
import { ServingCertificate } from "./serving-certificate.ts";
import { supervisor, type SupervisorState } from "./supervisor.ts";
import { formatToken } from "./token.ts";
import { versionLine } from "../cli/version.ts";

/** A server whose port is open; its API follows. */
export interface RunningServer {
  config: ServerConfig;
  /** URL and token by which the server's own agent joins. */
  loopback: { url: string; token: string };
  etcd: EtcdDatastore | undefined;
  /** Resolves when the API is ready. */
  ready: Promise<void>;
  close: () => Promise<void>;
}

function validate(config: ServerConfig): void {
  const { options } = config;
  if (options.bool("cluster-reset") && config.serverUrl)
    throw new FatalError(
      "cannot perform cluster-reset while server URL is set - remove server from configuration before resetting",
    );
  if (options.string("cluster-reset-restore-path") && !options.bool("cluster-reset"))
    throw new FatalError(
      "invalid flag use; --cluster-reset required with --cluster-reset-restore-path",
    );
  if (options.bool("disable-etcd") && !config.serverUrl)
    throw new FatalError("invalid flag use; --server is required with --disable-etcd");
  const mode = options.string("egress-selector-mode");
  if (!["agent", "cluster", "pod", "disabled"].includes(mode))
    throw new FatalError(`invalid egress-selector-mode ${mode}`);
}

async function listen(
  config: ServerConfig,
  certificate: ServingCertificate,
  state: SupervisorState,
): Promise<Server> {
  const context = certificate.contextOf(await certificate.load());
  const server = createServer(
    { ...context, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.2" },
    supervisor(state),
  );
  server.keepAliveTimeout = 90_000;
  server.on("tlsClientError", (error) => log.debug(`http: TLS handshake error: ${error.message}`));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new FatalError(
          `starting kubernetes: preparing server: init cluster datastore and https: ${messageOf(error)}`,
        ),
      ),
    );
    server.listen(config.port, config.bindAddress || undefined, resolve);
  });
  return server;
}

/**
 * Boots a server up to its open port and written kubeconfig; the rest goes on in
 * the background. Answers undefined when it was only asked to reset its etcd.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer | undefined> {
  validate(config);
  log.info(`Starting ${versionLine(config.knobs.version)}`);
  if (config.options.bool("cluster-reset")) {
    await performClusterReset(config);
    return undefined;
  }
  const pki = new ClusterPki(config.paths);
  const plan = await planDatastore(config, pki);
  await pki.ensureAuthorities();
  const passwd = new Passwd(config);
  passwd.write();
  clearResetFile(config);
  const state: SupervisorState = { config, pki, passwd };
  if (plan.kind === "etcd") state.etcd = createEtcd(config);
  const certificate = new ServingCertificate(pki, config.sans);
  const server = await listen(config, certificate, state);
  logComponents(config);
  passwd.publish(config, pki.serverCa);
  await writeKubeconfig(config, pki);
  const run = new ServerRun(plan, state, certificate, server);
  return {
    config,
    loopback: {
      url: loopbackUrl(config),
      token: formatToken("node", passwd.nodePassword, pki.serverCa),
    },
    etcd: state.etcd,
    ready: run.start(),
    close: () => run.close(),
  };
}

function logComponents(config: ServerConfig): void {
  const { options } = config;
  const extra = (flag: string): string =>
    options
      .slice(flag)
      .map((arg) => ` --${arg.replace(/^-+/, "")}`)
      .join("");
  log.info(
    `Running kube-apiserver --advertise-port=${config.port} --allow-privileged=true --anonymous-auth=false --authorization-mode=Node,RBAC --bind-address=127.0.0.1 --cert-dir=${config.paths.tls("temporary-certs")} --secure-port=6444 --service-cluster-ip-range=${config.serviceCidrs.join(",")} --storage-backend=etcd3${extra("kube-apiserver-arg")}`,
  );
  if (!options.bool("disable-scheduler"))
    log.info(
      `Running kube-scheduler --bind-address=127.0.0.1 --secure-port=10259${extra("kube-scheduler-arg")}`,
    );
  log.info(
    `Running kube-controller-manager --cluster-cidr=${config.clusterCidrs.join(",")} --service-cluster-ip-range=${config.serviceCidrs.join(",")}${extra("kube-controller-manager-arg")}${extra("kube-controller-arg")}`,
  );
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The part of a server's life after its port is open. */
class ServerRun {
  readonly #config: ServerConfig;
  readonly #pki: ClusterPki;
  readonly #plan: DatastorePlan;
  readonly #state: SupervisorState;
  readonly #certificate: ServingCertificate;
  readonly #server: Server;
  #datastore: Datastore | undefined;
  #controllers: { start: () => void; stop: () => void }[] = [];
  #stopManifests: (() => void) | undefined;
  #closed = false;

  constructor(
    plan: DatastorePlan,
    state: SupervisorState,
    certificate: ServingCertificate,
    server: Server,
  ) {
    this.#config = state.config;
    this.#pki = state.pki;
    this.#plan = plan;
    this.#state = state;
    this.#certificate = certificate;
    this.#server = server;
  }

  async start(): Promise<void> {
    const { knobs } = this.#config;
    const delay = pause(knobs.bootDelayMs);
    const datastore = await this.#openDatastore();
    this.#datastore = datastore;
    await delay;
    if (this.#closed) return;
    const objects = new Objects(datastore);
    await this.#retry(() => createSystemObjects(objects, this.#config));
    await this.#retry(() => deployCoreDns(objects, this.#config));
    const endpoints = new ApiEndpoints(objects, this.#config);
    await this.#retry(() => endpoints.reconcile());
    this.#state.objects = objects;
    this.#state.api = new KubeApi({
      objects,
      version: knobs.version,
      address: `${this.#config.nodeIps[0]}:${this.#config.port}`,
      failing: () => (datastore.healthy() ? [] : ["etcd"]),
    });
    log.info("Kube API server is now running");
    if (this.#state.etcd) log.info("ETCD server is now running");
    log.info("k3s is up and running");
    await pause(knobs.coreDelayMs);
    if (this.#closed) return;
    this.#state.core = true;
    await this.#retry(() => this.#certificate.share(this.#server, objects));
    this.#controllers = [
      endpoints,
      this.#nodeController(objects),
      this.#serviceAccountController(objects),
      ...this.#etcdConditions(objects),
    ];
    for (const controller of this.#controllers) controller.start();
    this.#stopManifests = await deployManifests(objects, this.#config);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#controllers) controller.stop();
    this.#stopManifests?.();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#datastore?.close();
  }

  async #openDatastore(): Promise<Datastore> {
    const { etcd } = this.#state;
    if (!etcd) return this.#plan.datastore ?? openDatastore(this.#config);
    await startEtcd(this.#config, this.#pki, etcd, this.#plan.access);
    let reported = 0;
    let last: string | undefined;
    await pollUntil(
      () => {
        const problem = etcd.test();
        if (problem === undefined || this.#closed) return true;
        if (problem !== last || Date.now() - reported > 5000) {
          reported = Date.now();
          last = problem;
          log.info(`Failed to test data store connection: ${problem}`);
        }
        return false;
      },
      { everyMs: 20 },
    );
    return etcd;
  }

  /** Repeats a step while the datastore cannot take it. */
  async #retry(step: () => Promise<void>): Promise<void> {
    await pollUntil(
      async () => {
        try {
          await step();
          return true;
        } catch (error) {
          if (this.#closed) return true;
          log.warn(`Waiting for the datastore: ${messageOf(error)}`);
          return false;
        }
      },
      { everyMs: 200 },
    );
  }

  #etcdConditions(objects: Objects): EtcdConditions[] {
    const { etcd } = this.#state;
    return etcd ? [new EtcdConditions(objects, etcd, this.#config.knobs.promoteMs)] : [];
  }

  #serviceAccountController(objects: Objects): ServiceAccountController {
    const { etcd } = this.#state;
    const { knobs, options } = this.#config;
    return new ServiceAccountController({
      objects,
      delayMs: knobs.serviceAccountDelayMs,
      withoutNodes: options.bool("disable-agent"),
      leads: () => !etcd || etcd.leads,
    });
  }

  #nodeController(objects: Objects): NodeController {
    const { etcd } = this.#state;
    return new NodeController({
      objects,
      graceMs: this.#config.knobs.graceMs,
      clusterCidrs: this.#config.clusterCidrs,
      leads: () => !etcd || etcd.leads,
      onDeleted: async (node: KubeObject) => {
        const member = node.metadata.annotations?.["etcd.k3s.cattle.io/node-name"];
        if (!etcd || !member) return;
        log.info(`Removing name=${node.metadata.name} from etcd`);
        await etcd.removeMember(member);
      },
    });
  }
}
