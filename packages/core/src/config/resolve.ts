import {
  API_PORT,
  DEFAULT_CLUSTER_NAME,
  DEFAULT_IMAGES,
  defaultRegistryName,
} from "../model/index.js";
import { checkHostPort } from "./api-port.js";
import { checkConflicts } from "./check-conflicts.js";
import { checkNodeFilters } from "./check-filters.js";
import { checkValues } from "./check-values.js";
import { formatEnvVar, parseEnvVar } from "./env-var.js";
import { type Locate, ProblemCollector } from "./problems.js";
import { checkBindHost } from "./registry-refs.js";
import type {
  KubeApiConfig,
  RegistryCreateConfig,
  ResolvedConfig,
  SimpleConfig,
} from "./simple-config.js";
import { checkNodeCounts, clusterSkeleton, hasLoadBalancer } from "./skeleton.js";
import { resolveDestination } from "./volumes.js";

export interface ResolveOptions {
  /** The caller's environment: `env` entries without a value take theirs from it. Default: empty. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Says in messages where a field was set. */
  locate?: Locate;
}

/**
 * Checks a config as a whole and fills in every default.
 *
 * Sources of `files` and `registries.config` must have been read already
 * (`inlineSources`): they are taken as content.
 *
 * @throws `INVALID_INPUT` or `CONFLICTING_OPTIONS`, naming every problem there
 * is, not only the first one.
 */
export function resolveConfig(config: SimpleConfig, options: ResolveOptions = {}): ResolvedConfig {
  checkConfig(config, options.locate);
  return withDefaults(config, options.environment ?? {});
}

function checkConfig(config: SimpleConfig, locate?: Locate): void {
  const problems = new ProblemCollector();
  checkValues(config, problems);
  checkConflicts(config, problems);
  if (checkNodeCounts(config, problems)) {
    const cluster = config.metadata?.name ?? DEFAULT_CLUSTER_NAME;
    checkNodeFilters(config, clusterSkeleton(config, cluster), problems);
  }
  problems.throwIfAny(locate);
}

function withDefaults(
  config: SimpleConfig,
  environment: Readonly<Record<string, string | undefined>>,
): ResolvedConfig {
  const name = config.metadata?.name ?? DEFAULT_CLUSTER_NAME;
  const { k3d = {}, k3s = {}, kubeconfig = {}, runtime = {} } = config.options ?? {};
  const updateDefaultKubeconfig = kubeconfig.updateDefaultKubeconfig ?? true;
  return {
    ...config,
    metadata: { name },
    servers: config.servers ?? 1,
    agents: config.agents ?? 0,
    kubeAPI: kubeApiDefaults(config.kubeAPI ?? {}, config.network === "host"),
    image: config.image ?? DEFAULT_IMAGES.node,
    volumes: config.volumes ?? [],
    ports: config.ports ?? [],
    env: (config.env ?? []).flatMap((entry) => {
      const variable = parseEnvVar(entry.envVar, environment);
      return variable.value === undefined ? [] : [{ ...entry, envVar: formatEnvVar(variable) }];
    }),
    files: (config.files ?? []).map((file) => ({
      ...file,
      destination: resolveDestination(file.destination),
    })),
    registries: {
      ...config.registries,
      use: config.registries?.use ?? [],
      ...(config.registries?.create === undefined
        ? {}
        : { create: registryDefaults(config.registries.create, name) }),
    },
    hostAliases: config.hostAliases ?? [],
    options: {
      k3d: {
        ...k3d,
        wait: k3d.wait ?? true,
        disableLoadbalancer: !hasLoadBalancer(config),
        disableImageVolume: k3d.disableImageVolume ?? false,
        disableRollback: k3d.disableRollback ?? false,
        loadbalancer: { configOverrides: k3d.loadbalancer?.configOverrides ?? [] },
      },
      k3s: { extraArgs: k3s.extraArgs ?? [], nodeLabels: k3s.nodeLabels ?? [] },
      kubeconfig: {
        updateDefaultKubeconfig,
        switchCurrentContext: updateDefaultKubeconfig && (kubeconfig.switchCurrentContext ?? true),
      },
      runtime: {
        ...runtime,
        hostPidMode: runtime.hostPidMode ?? false,
        labels: runtime.labels ?? [],
        ulimits: runtime.ulimits ?? [],
      },
    },
  };
}

/** Clients use the address that is bound, unless it stands for every address. */
function kubeApiDefaults(given: KubeApiConfig, onHost: boolean): ResolvedConfig["kubeAPI"] {
  const hostPort = checkedHostPort(given.hostPort);
  const bound = given.hostIP;
  const byAddress = given.host === undefined && bound !== undefined && !WILDCARDS.includes(bound);
  return {
    ...given,
    ...(byAddress ? { host: bound } : {}),
    hostPort: onHost && hostPort === "random" ? String(API_PORT) : hostPort,
  };
}

const WILDCARDS: readonly string[] = ["0.0.0.0", "::"];

function registryDefaults(create: RegistryCreateConfig, cluster: string): RegistryCreateConfig {
  return {
    ...create,
    name: create.name ?? defaultRegistryName(cluster),
    host: checkBindHost(create.host ?? "0.0.0.0", asIs),
    hostPort: checkedHostPort(create.hostPort),
  };
}

/** `checkValues` has refused bad ones before. */
const checkedHostPort = (text: string | undefined): string => checkHostPort(text ?? "random", asIs);
const asIs = (reason: string): Error => new Error(reason);
