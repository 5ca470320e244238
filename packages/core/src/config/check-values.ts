import { isIP } from "node:net";
import { K3dError, maskText } from "../errors/index.js";
import { parseImageReference } from "../image/index.js";
import { applyLoadBalancerOverrides } from "../loadbalancer/overrides.js";
import { DEFAULT_LB_SETTINGS } from "../loadbalancer/values.js";
import { checkHostPort } from "./api-port.js";
import { parseDuration } from "./durations.js";
import { parseEnvVar } from "./env-var.js";
import { checkGpuRequest } from "./gpus.js";
import { checkHostAlias } from "./host-aliases.js";
import { checkK3sArg } from "./k3s-args.js";
import { parseNodeLabel, parseRuntimeLabel } from "./labels.js";
import { checkClusterName, checkHostName } from "./names.js";
import { parsePortSpec } from "./ports.js";
import type { ProblemCollector } from "./problems.js";
import { checkBindHost, parseRegistryRef } from "./registry-refs.js";
import type { KubeApiConfig, RegistriesConfig, SimpleConfig } from "./simple-config.js";
import { MIN_MEMORY_BYTES, parseMemorySize } from "./sizes.js";
import { checkSubnet } from "./subnet.js";
import { checkUlimit } from "./ulimits.js";
import { parseVolumeSpec, resolveDestination } from "./volumes.js";

/** Checks each value by itself. */
export function checkValues(config: SimpleConfig, problems: ProblemCollector): void {
  const check = <T>(path: string, value: T | undefined, parse: (value: T) => unknown): void => {
    if (value !== undefined) problems.collect(path, () => parse(value));
  };
  const each: CheckEach = (path, list, parse) => {
    for (const [index, item] of (list ?? []).entries()) check(`${path}[${index}]`, item, parse);
  };
  const eachField: CheckField = (path, field, list, parse) => {
    for (const [index, item] of (list ?? []).entries()) {
      check(`${path}[${index}].${field}`, item[field], parse);
    }
  };
  const { k3d, k3s, runtime } = config.options ?? {};

  check("metadata.name", config.metadata?.name, checkClusterName);
  check("image", config.image, checkImage);
  check("network", config.network, checkNetworkName);
  check("subnet", config.subnet, checkSubnet);
  check("token", config.token, checkToken);
  checkKubeApi(config.kubeAPI ?? {}, check);
  eachField("ports", "port", config.ports, parsePortSpec);
  eachField("volumes", "volume", config.volumes, parseVolumeSpec);
  eachField("env", "envVar", config.env, (text) => parseEnvVar(text));
  eachField("files", "destination", config.files, resolveDestination);
  each("hostAliases", config.hostAliases, checkHostAlias);
  checkRegistries(config.registries ?? {}, check, each);
  check("options.k3d.timeout", k3d?.timeout, parseDuration);
  each("options.k3d.loadbalancer.configOverrides", k3d?.loadbalancer?.configOverrides, (override) =>
    applyLoadBalancerOverrides({ ports: {}, settings: DEFAULT_LB_SETTINGS }, [override]),
  );
  check("options.k3d.imageVolume", k3d?.imageVolume, checkVolumeName);
  check("options.k3d.proxy.http", k3d?.proxy?.http, checkUrl);
  check("options.k3d.proxy.https", k3d?.proxy?.https, checkUrl);
  eachField("options.k3s.extraArgs", "arg", k3s?.extraArgs, checkK3sArg);
  eachField("options.k3s.nodeLabels", "label", k3s?.nodeLabels, parseNodeLabel);
  eachField("options.runtime.labels", "label", runtime?.labels, parseRuntimeLabel);
  each("options.runtime.ulimits", runtime?.ulimits, checkUlimit);
  check("options.runtime.gpuRequest", runtime?.gpuRequest, checkGpuRequest);
  check("options.runtime.serversMemory", runtime?.serversMemory, checkMemory);
  check("options.runtime.agentsMemory", runtime?.agentsMemory, checkMemory);
}

type Check = <T>(path: string, value: T | undefined, parse: (value: T) => unknown) => void;
type CheckEach = <T>(
  path: string,
  list: readonly T[] | undefined,
  parse: (item: T) => unknown,
) => void;
type CheckField = <K extends string>(
  path: string,
  field: K,
  list: readonly Record<NoInfer<K>, string>[] | undefined,
  parse: (value: string) => unknown,
) => void;

function checkKubeApi({ host, hostIP, hostPort }: KubeApiConfig, check: Check): void {
  check("kubeAPI.host", host, (text) => (isIP(text) === 0 ? checkHostName(text, "host") : text));
  check("kubeAPI.hostIP", hostIP, (text) => {
    if (isIP(text) === 0)
      throw invalid(
        "host address",
        text,
        "it is no IP address",
        'Give an address of this host, for example "127.0.0.1".',
      );
  });
  check("kubeAPI.hostPort", hostPort, (text) =>
    checkHostPort(text, (reason) => invalid("API port", text, reason, PORT_HINT)),
  );
}

function checkRegistries({ create, use }: RegistriesConfig, check: Check, each: CheckEach): void {
  each("registries.use", use, parseRegistryRef);
  check("registries.create.name", create?.name, (name) => checkHostName(name, "registry name"));
  check("registries.create.host", create?.host, (host) =>
    checkBindHost(host, (reason) =>
      invalid(
        "registry host",
        host,
        reason,
        'Give an address of this host, for example "0.0.0.0".',
      ),
    ),
  );
  check("registries.create.hostPort", create?.hostPort, (text) =>
    checkHostPort(text, (reason) => invalid("registry port", text, reason, PORT_HINT)),
  );
  check("registries.create.image", create?.image, (image) => parseImageReference(image));
  check("registries.create.proxy.remoteURL", create?.proxy?.remoteURL, checkUrl);
  each("registries.create.volumes", create?.volumes, parseVolumeSpec);
}

const PORT_HINT = 'Give a port between 1 and 65535, or "random".';

/** An image reference, or a release channel of k3s: `latest`, `stable`, `+v1.31`. */
function checkImage(image: string): void {
  if (/^\+[A-Za-z0-9][A-Za-z0-9.-]*$/.test(image)) return;
  if (image.startsWith("+")) {
    throw invalid(
      "image",
      image,
      "this is no release channel",
      'A channel is written "+v1.31", "+stable" or "+latest".',
    );
  }
  parseImageReference(image);
}

function checkNetworkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) return;
  throw invalid(
    "network",
    name,
    "this is no network name",
    'Use letters, digits, "_", "." and "-", or "host".',
  );
}

function checkVolumeName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]+$/.test(name)) return;
  throw invalid(
    "image volume",
    name,
    "this is no volume name",
    "Name a volume of the engine, not a path.",
  );
}

function checkToken(token: string): void {
  if (/^[^\s\0]+$/.test(token)) return;
  throw new K3dError("INVALID_INPUT", "Invalid cluster token: it is empty or has spaces in it", {
    hint: "Choose a token of letters and digits, or leave it out to get a random one.",
  });
}

function checkMemory(text: string): void {
  if (parseMemorySize(text) >= MIN_MEMORY_BYTES) return;
  throw invalid(
    "memory limit",
    text,
    "engines need at least 6m",
    'k3s itself needs about "512m" on a server.',
  );
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== "") return;
  throw invalid(
    "URL",
    text,
    "this is no http or https URL",
    'Write it in full, for example "https://registry-1.docker.io".',
  );
}

function invalid(what: string, text: string, reason: string, hint: string): K3dError {
  const shown = maskText(text);
  return new K3dError("INVALID_INPUT", `Invalid ${what} "${shown}": ${reason}`, {
    hint,
    details: { input: shown },
  });
}
