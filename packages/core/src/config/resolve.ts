import { API_PORT, DEFAULT_CLUSTER_NAME, defaultRegistryName } from "../model/index.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { checkHostPort } from "./api-port.js";
import { checkConflicts } from "./check-conflicts.js";
import { checkMachines } from "./check-machines.js";
import { checkNodeFilters } from "./check-filters.js";
import { type ParsedValues, checkValues } from "./check-values.js";
import { type EnvVar, formatEnvVar } from "./env-var.js";
import { checkHooks, resolveHook } from "./hooks.js";
import type { LabelSpec } from "./labels.js";
import { CURRENT_OPTIONS } from "./options/index.js";
import type { PlacementRule } from "./machines.js";
import { type Locate, ProblemCollector } from "./problems.js";
import { type RegistryRef, checkBindHost } from "./registry-refs.js";
import type { ResolvedConfig, ResolvedRegistry } from "./resolved-config.js";
import type { EffectiveConfig, RegistryCreateConfig, SimpleConfig } from "./simple-config.js";
import { checkNodeCounts, clusterSkeleton, hasLoadBalancer } from "./skeleton.js";
import { type Tree, setValueAt, valueAt } from "./tree.js";
import type { Subnets } from "./subnet.js";
import type { VolumeSpec } from "./volumes.js";

export interface ResolveOptions {
  /** The caller's environment: `env` entries without a value take theirs from it. Default: empty. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Says in messages where a field was set. */
  locate?: Locate;
  /** Where the commands of `hooks` run on the host, absolute. Default: the caller's directory. */
  hookDirectory?: string | undefined;
}

/**
 * Checks a config as a whole, fills in every default and reads every value.
 *
 * Sources of `files` and `registries.config` must have been read already
 * (`inlineSources`): they are taken as content.
 *
 * @throws `INVALID_INPUT` or `CONFLICTING_OPTIONS`, naming every problem there
 * is, not only the first one.
 */
export function resolveConfig(config: SimpleConfig, options: ResolveOptions = {}): ResolvedConfig {
  const parsed = checkConfig(config, options.locate);
  return withValues(effectiveConfig(config), parsed, options);
}

function checkConfig(config: SimpleConfig, locate?: Locate): ParsedValues {
  const problems = new ProblemCollector();
  const parsed = checkValues(config, problems);
  checkConflicts(config, parsed, problems);
  checkHooks(config, problems);
  if (checkNodeCounts(config, problems)) {
    const cluster = config.metadata?.name ?? DEFAULT_CLUSTER_NAME;
    const skeleton = clusterSkeleton(config, cluster);
    checkNodeFilters(config, parsed, skeleton, problems);
    checkMachines(config, parsed, skeleton, problems);
  }
  problems.throwIfAny(locate);
  return parsed;
}

/** A config that was checked, with the defaults of the table and those that follow from other fields. */
export function effectiveConfig(config: SimpleConfig): EffectiveConfig {
  const effective = structuredClone(config) as unknown as Tree & EffectiveConfig;
  for (const { field, default: value } of CURRENT_OPTIONS) {
    if (value !== undefined && valueAt(effective, field) === undefined)
      setValueAt(effective, field, structuredClone(value));
  }
  const { options, metadata, registries, kubeAPI } = effective;
  if (options.k3d.tunnel) {
    kubeAPI.host ??= LOOPBACK;
    kubeAPI.hostIP ??= LOOPBACK;
  }
  options.k3d.disableLoadbalancer = !hasLoadBalancer(config);
  options.kubeconfig.switchCurrentContext &&= options.kubeconfig.updateDefaultKubeconfig;
  kubeAPI.hostPort = apiPort(kubeAPI.hostPort, config.network === "host");
  if (registries.create !== undefined)
    registries.create = registryDefaults(registries.create, metadata.name);
  return effective;
}

/** On the host's network the API keeps k3s' own port unless another one is asked for. */
function apiPort(given: string, onHost: boolean): string {
  const port = checkedHostPort(given);
  return onHost && port === "random" ? String(API_PORT) : port;
}

function registryDefaults(
  create: RegistryCreateConfig,
  cluster: string,
): RegistryCreateConfig & Pick<ResolvedRegistry, "name" | "host" | "hostPort"> {
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

function withValues(
  effective: EffectiveConfig,
  parsed: ParsedValues,
  { environment = {}, hookDirectory }: ResolveOptions,
): ResolvedConfig {
  const { kubeAPI, registries, options } = effective;
  const { k3d, k3s, runtime } = options;
  const { create } = registries;
  const of = <T extends object, V extends object>(
    field: string,
    list: readonly T[],
    asFields: (value: V) => object = () => ({}),
  ) => withMeaning(field, list, parsed, asFields as (value: unknown) => object);
  const env = of("env", effective.env, ({ name, value }: EnvVar) => {
    const known = value ?? inherited(environment, name);
    return { name, value: known, envVar: formatEnvVar({ name, value: known }) };
  });
  return {
    ...effective,
    kubeAPI: compactFields({
      ...clientsUseWhatIsBound(kubeAPI),
      port: portNumber(kubeAPI.hostPort),
      clientHost: kubeAPI.host ?? kubeAPI.hostIP,
    }),
    ports: of("ports", effective.ports, (bindings: PortBinding[]) => ({
      bindings: k3d.tunnel ? bindings.map(onLoopback) : bindings,
    })),
    volumes: of("volumes", effective.volumes, (mount: VolumeSpec) => ({ mount })),
    env: env.filter((entry) => (entry as { value?: string }).value !== undefined),
    ...addressFamilies(effective, parsed),
    placementRules: [...parsed.entries<PlacementRule>("placement")],
    files: withMeaning("files", effective.files, parsed, (destination) => ({ destination })),
    hooks: effective.hooks.map((hook) => resolveHook(hook, hookDirectory)),
    registries: compactFields({
      ...registries,
      refs: [...parsed.entries<RegistryRef>("registries.use")],
      create:
        create &&
        compactFields({
          ...create,
          port: portNumber(create.hostPort ?? "random"),
          mounts: [...parsed.entries<VolumeSpec>("registries.create.volumes")],
        }),
    }),
    options: {
      ...options,
      k3d: compactFields({
        ...k3d,
        timeoutMs: parsed.value<number>("options.k3d.timeout") || undefined,
        ttlMs: parsed.value<number>("options.k3d.ttl"),
      }),
      k3s: {
        extraArgs: of("options.k3s.extraArgs", k3s.extraArgs).filter(hasValue),
        nodeLabels: of("options.k3s.nodeLabels", k3s.nodeLabels, (label: LabelSpec) => label),
      },
      runtime: compactFields({
        ...runtime,
        labels: of("options.runtime.labels", runtime.labels, (label: LabelSpec) => label).filter(
          hasValue,
        ),
        serversMemoryBytes: parsed.value<number>("options.runtime.serversMemory"),
        agentsMemoryBytes: parsed.value<number>("options.runtime.agentsMemory"),
      }),
    },
  } as ResolvedConfig;
}

function addressFamilies(
  { ipFamily, ipv6 }: EffectiveConfig,
  parsed: ParsedValues,
): Pick<ResolvedConfig, "subnets" | "isDualStack"> {
  const subnets = parsed.value<Subnets>("subnet") ?? { hasIpv6: false };
  return { subnets, isDualStack: ipFamily === "dual" || ipv6 === true || subnets.hasIpv6 };
}

/** The entries of a list with their filters, and with what their values mean. */
function withMeaning(
  field: string,
  list: readonly object[],
  parsed: ParsedValues,
  asFields: (value: unknown) => object,
): object[] {
  const values = parsed.entries(field);
  const filters = parsed.filters(field);
  return list.map((entry, index) => ({
    ...entry,
    filters: filters[index] ?? [],
    ...asFields(values[index]),
  }));
}

/** Of entries that add nothing without a value. */
const hasValue = (entry: { arg?: string; label?: string }): boolean =>
  (entry.arg ?? entry.label) !== "";

/** Clients use the address that is bound, unless it stands for every address. */
function clientsUseWhatIsBound(given: EffectiveConfig["kubeAPI"]): EffectiveConfig["kubeAPI"] {
  const { host, hostIP } = given;
  const byAddress = host === undefined && hostIP !== undefined && !WILDCARDS.includes(hostIP);
  return byAddress ? { ...given, host: hostIP } : given;
}

const onLoopback = (binding: PortBinding): PortBinding => ({
  ...binding,
  hostIp: binding.hostIp ?? LOOPBACK,
});

const LOOPBACK = "127.0.0.1";
const WILDCARDS: readonly string[] = ["0.0.0.0", "::"];

const portNumber = (port: string): number | undefined =>
  port === "random" ? undefined : Number(port);

function inherited(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** Without the fields that are `undefined`: a resolved config is compared and hashed. */
function compactFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
