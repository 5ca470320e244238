import { access } from "node:fs/promises";
import { join } from "node:path";
import {
  DEFAULT_IMAGES,
  fileKubeconfigStore,
  guardRuntime,
  httpsKubeClients,
  randomPorts,
  readText,
  systemClock,
  traceRuntime,
  type Collaborators,
  type ContainerRuntime,
  type CoreSettings,
  type EventSink,
  type K3dServices,
  type Lifecycle,
  type OnEveryRuntime,
  notRead,
} from "@k3d/core";
import { interruptSignal, type HelperImages } from "@k3d/plugin-kit";
import type { DependencyContainer, InjectionToken } from "tsyringe";
import { standaloneDirectories } from "../kubeconfig/standalone.js";
import { dataDirectory, SNAPSHOTS } from "../data-directory.js";
import { cliVersion } from "../version.js";
import type { RuntimeListing } from "./every-runtime.js";
import { finishedCreations } from "./finished-creations.js";
import { lazyService } from "./lazy-service.js";
import { makeDirectory } from "./make-directory.js";
import { isPortFree, portOwner } from "./host-ports.js";
import { processIdentity } from "./process-identity.js";

type Environment = Readonly<Record<string, string | undefined>>;

export interface Surroundings {
  runtime: ContainerRuntime;
  events: EventSink;
  env: Environment;
  homeDir: string;
  /** Win over those of the environment. */
  helperImages?: HelperImages | undefined;
  /** What every other runtime that answers has. */
  otherRuntimes: () => Promise<RuntimeListing[]>;
  onEveryRuntime: OnEveryRuntime;
  /** On the machines of clusters over several. */
  onMachines: OnEveryRuntime;
  lifecycle: Lifecycle;
  /** The user's own directory for what can be found out again. Absent: it is found out each time. */
  cacheDir?: string | undefined;
}

/**
 * The composition root: the one place where core's operations get what they work with. Each service
 * is loaded and made when it is first used.
 */
export function composeServices({
  runtime: engine,
  events,
  env,
  homeDir,
  helperImages,
  otherRuntimes,
  onEveryRuntime,
  onMachines,
  lifecycle,
  cacheDir,
}: Surroundings): K3dServices {
  // An engine that falls silent is given up on, whatever is asked of it.
  const runtime = guardRuntime(traceRuntime(engine, events));
  const settings: CoreSettings = {
    ...coreSettings(env, homeDir, helperImages),
    process: processIdentity(),
    turnDirectory: cacheDir,
    otherClusters: async () =>
      new Map(
        (await otherRuntimes()).flatMap(({ runtime: name, nodes }) =>
          nodes.flatMap(({ cluster }) => (cluster === undefined ? [] : [[cluster, name]])),
        ),
      ),
    kubeconfigDirectories: standaloneDirectories({ homeDir, configHome: env.XDG_CONFIG_HOME }),
  };
  const collaborators: Collaborators = {
    runtime,
    events,
    clock: systemClock,
    kube: httpsKubeClients(runtime),
    ports: randomPorts(runtime),
    kubeconfigStore: fileKubeconfigStore(env, homeDir),
    settings,
    lifecycle,
  };
  let scope: Promise<DependencyContainer> | undefined;
  const operations = <Service extends object>(
    load: () => Promise<{ default: InjectionToken<Service> }>,
  ): Service =>
    lazyService(async () => {
      scope ??= import("./scope.js").then(({ scopeOf }) => scopeOf(collaborators));
      const [{ default: service }, container] = await Promise.all([load(), scope]);
      return container.resolve(service);
    });
  return {
    runtime,
    collaborators,
    clusters: operations(() => import("./operations/clusters.js")),
    nodes: operations(() => import("./operations/nodes.js")),
    kubeconfigs: operations(() => import("./operations/kubeconfigs.js")),
    images: operations(() => import("./operations/images.js")),
    registries: operations(() => import("./operations/registries.js")),
    snapshots: operations(() => import("./operations/snapshots.js")),
    listing: lazyService(async () => {
      const { default: ListingService } = await import("./operations/listing.js");
      return new ListingService({
        runtime,
        onEveryRuntime,
        onMachines,
        process: settings.process,
        finished: cacheDir === undefined ? undefined : finishedCreations(cacheDir),
      });
    }),
  };
}

/**
 * `K3D_IMAGE_LOADBALANCER` and `K3D_IMAGE_REGISTRY` name other helper images; `K3D_FIX_CGROUPV2`,
 * `K3D_FIX_DNS` (both on unless false) and `K3D_FIX_MOUNTS` (off unless true) switch parts of the
 * nodes' boot script.
 */
export function coreSettings(
  env: Environment,
  homeDir: string,
  helperImages: HelperImages = {},
): CoreSettings {
  return {
    version: cliVersion,
    images: {
      loadBalancer: env.K3D_IMAGE_LOADBALANCER || DEFAULT_IMAGES.loadBalancer,
      registry: env.K3D_IMAGE_REGISTRY || DEFAULT_IMAGES.registry,
      ...helperImages,
    },
    snapshotDirectory: join(dataDirectory(env, homeDir), SNAPSHOTS),
    fixes: {
      cgroupV2: isOn(env.K3D_FIX_CGROUPV2, true),
      dns: isOn(env.K3D_FIX_DNS, true),
      mounts: isOn(env.K3D_FIX_MOUNTS, false),
    },
    pathExists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    isPortFree,
    portOwner,
    makeDirectory,
    readTextFile: (path) =>
      readText(path, interruptSignal()).catch((error: Error) => {
        throw notRead(`File '${path}'`, error);
      }),
    hookOf: env.K3D_HOOK ? env.K3D_CLUSTER : undefined,
    proxy: callersProxy(env),
  };
}

/** The caller's proxy; either case counts, as with curl. */
function callersProxy(env: Environment): CoreSettings["proxy"] {
  const http = env.HTTP_PROXY || env.http_proxy;
  const https = env.HTTPS_PROXY || env.https_proxy;
  const noProxy = env.NO_PROXY || env.no_proxy;
  return {
    ...(http ? { http } : {}),
    ...(https ? { https } : {}),
    ...(noProxy ? { noProxy } : {}),
  };
}

function isOn(word: string | undefined, fallback: boolean): boolean {
  if (/^(1|t|true)$/i.test(word ?? "")) return true;
  return /^(0|f|false)$/i.test(word ?? "") ? false : fallback;
}
