import { splitFlagValue } from "../filters/index.js";
import { parseApiPort } from "./api-port.js";
import { parseHostAlias } from "./host-aliases.js";
import { ProblemCollector } from "./problems.js";
import { parseRegistryCreate } from "./registry-refs.js";
import type { SimpleConfig } from "./simple-config.js";
import { compact } from "./tree.js";
import { parseUlimit } from "./ulimits.js";

/** The flags and arguments of `cluster create`, as typed by the user. Absent: not given. */
export interface CreateFlags {
  /** The argument NAME. */
  name?: string;
  servers?: number;
  agents?: number;
  image?: string;
  /** `[HOST:]HOSTPORT` */
  apiPort?: string;
  /** `[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL][@FILTER]` */
  port?: string[];
  /** `[SOURCE:]DEST[:MODE][@FILTER]` */
  volume?: string[];
  /** `NAME[=VALUE][@FILTER]` */
  env?: string[];
  network?: string;
  subnet?: string;
  token?: string;
  /** `ARG[@FILTER]` */
  k3sArg?: string[];
  /** `KEY[=VALUE][@FILTER]` */
  k3sNodeLabel?: string[];
  /** `KEY[=VALUE][@FILTER]` */
  runtimeLabel?: string[];
  /** `NAME=SOFT[:HARD]` */
  runtimeUlimit?: string[];
  serversMemory?: string;
  agentsMemory?: string;
  gpus?: string;
  /** `IP:HOST[,HOST…]` */
  hostAlias?: string[];
  hostPidMode?: boolean;
  /** `NAME[:HOST][:HOSTPORT]` */
  registryCreate?: string;
  /** `NAME[:PORT]` */
  registryUse?: string[];
  /** Path of a `registries.yaml`. */
  registryConfig?: string;
  enforceRegistryPortMatch?: boolean;
  lbConfigOverride?: string[];
  noLb?: boolean;
  noImageVolume?: boolean;
  /** Name of an existing volume. */
  imageVolume?: string;
  noRollback?: boolean;
  wait?: boolean;
  timeout?: string;
  kubeconfigUpdateDefault?: boolean;
  kubeconfigSwitchContext?: boolean;
  /** Pass the caller's proxy environment to the nodes. */
  proxy?: boolean;
  /** Certificate authority file of the proxy. */
  proxyCa?: string;
  runtime?: string;
}

/**
 * The config that the flags stand for; the same fields in a config file mean
 * exactly the same.
 *
 * @throws `INVALID_INPUT` naming every flag that cannot be read. What a value
 * means for the cluster is checked by `resolveConfig`.
 */
export function flagsToConfig(flags: CreateFlags): SimpleConfig {
  const problems = new ProblemCollector();
  const parsed = <T, R>(
    flag: keyof CreateFlags,
    value: T | undefined,
    parse: (value: T) => R,
  ): R | undefined =>
    value === undefined ? undefined : problems.collect(flagName(flag), () => parse(value));
  const list = <R>(
    flag: keyof CreateFlags,
    values: readonly string[] | undefined,
    parse: (value: string) => R,
  ) => values?.flatMap((value) => parsed(flag, value, parse) ?? []);
  const filtered = <K extends string>(
    flag: keyof CreateFlags,
    values: readonly string[] | undefined,
    key: K,
  ) =>
    list(flag, values, (text) => {
      const { value, nodeFilters } = splitFlagValue(text, `value of ${flagName(flag)}`);
      return { [key]: value, ...(nodeFilters.length === 0 ? {} : { nodeFilters }) } as Record<
        K,
        string
      > & {
        nodeFilters?: string[];
      };
    });

  const config = {
    apiVersion: "k3d.io/v1alpha5",
    kind: "Simple",
    metadata: { name: flags.name },
    servers: flags.servers,
    agents: flags.agents,
    kubeAPI: parsed("apiPort", flags.apiPort, parseApiPort),
    image: flags.image,
    network: flags.network,
    subnet: flags.subnet,
    token: flags.token,
    volumes: filtered("volume", flags.volume, "volume"),
    ports: filtered("port", flags.port, "port"),
    env: filtered("env", flags.env, "envVar"),
    registries: {
      create: registryCreate(flags, (text) => parsed("registryCreate", text, parseRegistryCreate)),
      use: flags.registryUse,
      config: flags.registryConfig,
    },
    hostAliases: list("hostAlias", flags.hostAlias, parseHostAlias),
    options: {
      k3d: {
        wait: flags.wait,
        timeout: flags.timeout,
        disableLoadbalancer: flags.noLb,
        disableImageVolume: flags.noImageVolume,
        disableRollback: flags.noRollback,
        imageVolume: flags.imageVolume,
        proxy: { enabled: flags.proxy, caFile: flags.proxyCa },
        loadbalancer: { configOverrides: flags.lbConfigOverride },
      },
      k3s: {
        extraArgs: filtered("k3sArg", flags.k3sArg, "arg"),
        nodeLabels: filtered("k3sNodeLabel", flags.k3sNodeLabel, "label"),
      },
      kubeconfig: {
        updateDefaultKubeconfig: flags.kubeconfigUpdateDefault,
        switchCurrentContext: flags.kubeconfigSwitchContext,
      },
      runtime: {
        name: flags.runtime,
        gpuRequest: flags.gpus,
        serversMemory: flags.serversMemory,
        agentsMemory: flags.agentsMemory,
        hostPidMode: flags.hostPidMode,
        labels: filtered("runtimeLabel", flags.runtimeLabel, "label"),
        ulimits: list("runtimeUlimit", flags.runtimeUlimit, parseUlimit),
      },
    },
  };
  problems.throwIfAny();
  return compact(config) as SimpleConfig;
}

function registryCreate(
  flags: CreateFlags,
  parse: (text: string) => object | undefined,
): object | undefined {
  if (flags.registryCreate === undefined && flags.enforceRegistryPortMatch === undefined)
    return undefined;
  return {
    ...(flags.registryCreate === undefined ? {} : parse(flags.registryCreate)),
    enforcePortMatch: flags.enforceRegistryPortMatch,
  };
}

/** `--k3s-node-label` of `k3sNodeLabel`; the name of the cluster is the argument `NAME`. */
export function flagName(flag: keyof CreateFlags): string {
  return flag === "name"
    ? "NAME"
    : `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const FLAG_OF_FIELD: readonly (readonly [string, keyof CreateFlags])[] = [
  ["metadata.name", "name"],
  ["servers", "servers"],
  ["agents", "agents"],
  ["kubeAPI", "apiPort"],
  ["image", "image"],
  ["network", "network"],
  ["subnet", "subnet"],
  ["token", "token"],
  ["volumes", "volume"],
  ["ports", "port"],
  ["env", "env"],
  ["registries.create.enforcePortMatch", "enforceRegistryPortMatch"],
  ["registries.create", "registryCreate"],
  ["registries.use", "registryUse"],
  ["registries.config", "registryConfig"],
  ["hostAliases", "hostAlias"],
  ["options.k3d.wait", "wait"],
  ["options.k3d.timeout", "timeout"],
  ["options.k3d.disableLoadbalancer", "noLb"],
  ["options.k3d.disableImageVolume", "noImageVolume"],
  ["options.k3d.disableRollback", "noRollback"],
  ["options.k3d.imageVolume", "imageVolume"],
  ["options.k3d.proxy.caFile", "proxyCa"],
  ["options.k3d.proxy", "proxy"],
  ["options.k3d.loadbalancer", "lbConfigOverride"],
  ["options.k3s.extraArgs", "k3sArg"],
  ["options.k3s.nodeLabels", "k3sNodeLabel"],
  ["options.kubeconfig.updateDefaultKubeconfig", "kubeconfigUpdateDefault"],
  ["options.kubeconfig.switchCurrentContext", "kubeconfigSwitchContext"],
  ["options.runtime.name", "runtime"],
  ["options.runtime.gpuRequest", "gpus"],
  ["options.runtime.serversMemory", "serversMemory"],
  ["options.runtime.agentsMemory", "agentsMemory"],
  ["options.runtime.hostPidMode", "hostPidMode"],
  ["options.runtime.labels", "runtimeLabel"],
  ["options.runtime.ulimits", "runtimeUlimit"],
];

/** The flag that sets a field, e.g. `port` for `ports[0].nodeFilters[1]`. */
export function flagOfField(path: string): keyof CreateFlags | undefined {
  return FLAG_OF_FIELD.find(
    ([field]) =>
      path === field || (path.startsWith(field) && /^[.[]/.test(path.slice(field.length))),
  )?.[1];
}
