import { randomInt } from "node:crypto";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError, isK3dError } from "../errors/index.js";
import { networkName } from "../model/names.js";
import type { Facts, NetworkBinding } from "../plan/facts.js";
import type { ObservedCluster } from "../plan/observed.js";
import type { NodeView } from "../node/views.js";
import { LABELS } from "../model/labels.js";
import { readRegistryAccess } from "../registry/access.js";
import type { CallOptions } from "../runtime/common.js";
import { existingFacts } from "./existing.js";
import type { NetworkInfo } from "../runtime/networks.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { subnetOf } from "../runtime/subnet.js";
import { listNodesAndRegistries } from "./nodes.js";
import { refuseObstacles } from "./obstacles.js";
import type { CoreSettings } from "./settings.js";
import { newClusterId } from "../node/creation.js";

/** Asks the engine and chance for what planning must know. */
export async function collectFacts(
  config: ResolvedConfig,
  runtime: ContainerRuntime,
  settings: CoreSettings,
  { signal, observed }: { signal?: AbortSignal; observed?: ObservedCluster } = {},
): Promise<Facts> {
  const options = { signal };
  const network = config.network ?? networkName(config.metadata.name);
  const capabilities = await runtime.capabilities;
  const [info, existingNetwork, volumes, missingPaths, registries] = await Promise.all([
    runtime.info(options),
    network === "host" ? undefined : findNetwork(runtime, network, options),
    capabilities.volumes ? runtime.volumes.list(options) : [],
    capabilities.localBindMounts ? missingSources(config, settings) : new Set<string>(),
    listNodesAndRegistries(runtime, options).then((nodes) =>
      nodes.filter(({ role }) => role === "registry"),
    ),
  ]);
  refuseObstacles(info);
  const pathsHere =
    info.remoteHost === undefined ? new Set<string>() : await sourcesHere(config, settings);
  return {
    runtime: runtime.name,
    capabilities,
    info,
    version: settings.version,
    token: randomToken(),
    now: Date.now(),
    clusterId: clusterIdOf(observed) ?? newClusterId(settings.process),
    existingNetwork,
    existingVolumes: new Set(volumes.map(({ name }) => name)),
    missingPaths,
    pathsHere,
    dials: runtime.dial !== undefined,
    ...(await proxyFacts(config, settings)),
    images: settings.images,
    registries,
    registryAccess: await registryAccess(config, registries, runtime, options),
    settled: {
      ...(observed !== undefined && existingNetwork !== undefined
        ? { network: networkBinding(existingNetwork) }
        : {}),
      hostPorts: {},
    },
    ...(observed === undefined ? {} : { existing: existingFacts(observed) }),
    fixes: settings.fixes,
  };
}

function clusterIdOf(observed: ObservedCluster | undefined): string | undefined {
  return observed?.nodes
    .map(({ labels }) => labels[LABELS.clusterId])
    .find((id) => id !== undefined);
}

/** A network as its nodes must know it. */
export function networkBinding({ id, subnets }: NetworkInfo): NetworkBinding {
  const { subnet, gateway } = subnetOf(subnets, 4) ?? {};
  return { id, subnet, gateway, ipv6: subnetOf(subnets, 6) };
}

/** What the registries that the config uses tell nobody but k3d. */
async function registryAccess(
  config: ResolvedConfig,
  registries: readonly NodeView[],
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<Facts["registryAccess"]> {
  if (config.registries.use.length === 0) return {};
  const found = await Promise.all(
    registries.map(async ({ name }) => {
      const access = await readRegistryAccess(runtime, name, options);
      return access === undefined ? [] : [[name, access] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}

async function findNetwork(
  runtime: ContainerRuntime,
  name: string,
  options: { signal?: AbortSignal },
): Promise<NetworkInfo | undefined> {
  try {
    return await runtime.networks.inspect(name, options);
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

async function missingSources(
  config: ResolvedConfig,
  settings: CoreSettings,
): Promise<Set<string>> {
  const sources = config.volumes.map(({ mount }) => mount).filter(({ type }) => type === "bind");
  const missing = await Promise.all(
    sources.map(async ({ source }) => ((await settings.pathExists(source)) ? [] : [source])),
  );
  return new Set(missing.flat());
}

/** Trees that every Linux machine has its own of: nobody means this machine's. */
const OF_EVERY_MACHINE = /^\/(?:dev|proc|sys|run|boot|lib\/modules|usr\/lib\/modules)(?:\/|$)/;

async function sourcesHere(config: ResolvedConfig, settings: CoreSettings): Promise<Set<string>> {
  const mounts = [
    ...config.volumes.map(({ mount }) => mount),
    ...(config.registries.create?.mounts ?? []),
  ];
  const sources = mounts.flatMap(({ type, source }) =>
    type === "bind" && !OF_EVERY_MACHINE.test(source) ? [source] : [],
  );
  const here = await Promise.all(
    sources.map(async (source) => ((await settings.pathExists(source)) ? [source] : [])),
  );
  return new Set(here.flat());
}

const TOKEN_LENGTH = 20;
const TOKEN_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 20 random letters, as the Go k3d makes them. */
function randomToken(): string {
  return Array.from(
    { length: TOKEN_LENGTH },
    () => TOKEN_CHARACTERS[randomInt(TOKEN_CHARACTERS.length)],
  ).join("");
}

/** The config's proxy over the caller's own; none unless the config asks for one. */
async function proxyFacts(
  config: ResolvedConfig,
  settings: CoreSettings,
): Promise<Pick<Facts, "proxy">> {
  const asked = config.options.k3d.proxy;
  const wanted =
    asked !== undefined &&
    (asked.enabled ?? (asked.http ?? asked.https ?? asked.caFile) !== undefined);
  if (!wanted) return {};
  const http = asked.http ?? settings.proxy.http;
  const https = asked.https ?? settings.proxy.https;
  const noProxy = asked.noProxy ?? settings.proxy.noProxy;
  if (http === undefined && https === undefined && asked.caFile === undefined) {
    throw new K3dError("INVALID_INPUT", "No proxy is known that the nodes could use", {
      hint: "Set HTTP_PROXY and HTTPS_PROXY, or options.k3d.proxy in the config file.",
    });
  }
  return {
    proxy: {
      http,
      https,
      noProxy,
      ...(asked.caFile === undefined ? {} : { ca: await settings.readTextFile(asked.caFile) }),
    },
  };
}
