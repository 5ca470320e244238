import { K3dError } from "../errors/index.js";
import { type CreateFlags, flagOfField, flagsToConfig } from "./flags.js";
import { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";

/** An environment variable that stands for a flag of `cluster create`. */
export interface ConfigVariable {
  name: string;
  flag: keyof CreateFlags;
  /** How the text is read; lists have commas between their entries. */
  kind: "text" | "number" | "boolean" | "list";
}

/**
 * Every variable that stands for a flag. They win over the config file and
 * lose against flags; an empty one counts as unset.
 */
export const CONFIG_VARIABLES: readonly ConfigVariable[] = [
  { name: "K3D_CLUSTER_NAME", flag: "name", kind: "text" },
  { name: "K3D_SERVERS", flag: "servers", kind: "number" },
  { name: "K3D_AGENTS", flag: "agents", kind: "number" },
  { name: "K3D_IMAGE", flag: "image", kind: "text" },
  { name: "K3D_API_PORT", flag: "apiPort", kind: "text" },
  { name: "K3D_NETWORK", flag: "network", kind: "text" },
  { name: "K3D_SUBNET", flag: "subnet", kind: "text" },
  { name: "K3D_TOKEN", flag: "token", kind: "text" },
  { name: "K3D_SERVERS_MEMORY", flag: "serversMemory", kind: "text" },
  { name: "K3D_AGENTS_MEMORY", flag: "agentsMemory", kind: "text" },
  { name: "K3D_GPUS", flag: "gpus", kind: "text" },
  { name: "K3D_HOST_PID_MODE", flag: "hostPidMode", kind: "boolean" },
  { name: "K3D_REGISTRY_CREATE", flag: "registryCreate", kind: "text" },
  { name: "K3D_REGISTRY_USE", flag: "registryUse", kind: "list" },
  { name: "K3D_REGISTRY_CONFIG", flag: "registryConfig", kind: "text" },
  { name: "K3D_NO_LB", flag: "noLb", kind: "boolean" },
  { name: "K3D_NO_IMAGE_VOLUME", flag: "noImageVolume", kind: "boolean" },
  { name: "K3D_IMAGE_VOLUME", flag: "imageVolume", kind: "text" },
  { name: "K3D_NO_ROLLBACK", flag: "noRollback", kind: "boolean" },
  { name: "K3D_WAIT", flag: "wait", kind: "boolean" },
  { name: "K3D_TIMEOUT", flag: "timeout", kind: "text" },
  { name: "K3D_KUBECONFIG_UPDATE_DEFAULT", flag: "kubeconfigUpdateDefault", kind: "boolean" },
  { name: "K3D_KUBECONFIG_SWITCH_CONTEXT", flag: "kubeconfigSwitchContext", kind: "boolean" },
  { name: "K3D_PROXY", flag: "proxy", kind: "boolean" },
  { name: "K3D_PROXY_CA", flag: "proxyCa", kind: "text" },
  { name: "K3D_RUNTIME", flag: "runtime", kind: "text" },
];

/**
 * The config that {@link CONFIG_VARIABLES} stand for.
 *
 * @throws `INVALID_INPUT` naming every variable that cannot be read.
 */
export function environmentToConfig(
  environment: Readonly<Record<string, string | undefined>>,
): SimpleConfig {
  const problems = new ProblemCollector();
  const flags: Record<string, unknown> = {};
  for (const variable of CONFIG_VARIABLES) {
    const text = environment[variable.name]?.trim();
    if (text === undefined || text === "") continue;
    flags[variable.flag] = problems.collect(variable.name, () => readVariable(variable, text));
    problems.collect(variable.name, () => flagsToConfig({ [variable.flag]: flags[variable.flag] }));
  }
  problems.throwIfAny();
  return flagsToConfig(flags);
}

/** The variable that stands for a field, e.g. `K3D_SERVERS` for `servers`. */
export function variableOfField(path: string): string | undefined {
  const flag = flagOfField(path);
  return CONFIG_VARIABLES.find((variable) => variable.flag === flag)?.name;
}

function readVariable({ name, kind }: ConfigVariable, text: string): unknown {
  if (kind === "text") return text;
  if (kind === "list") return text.split(",").map((item) => item.trim());
  if (kind === "number") {
    if (/^[0-9]{1,9}$/.test(text)) return Number(text);
    throw unreadable(name, text, "a whole number");
  }
  if (/^(1|t|true|yes|on)$/i.test(text)) return true;
  if (/^(0|f|false|no|off)$/i.test(text)) return false;
  throw unreadable(name, text, '"true" or "false"');
}

function unreadable(name: string, text: string, expected: string): K3dError {
  return new K3dError("INVALID_INPUT", `"${text}" is not ${expected}`, {
    hint: `Set ${name} to ${expected}, or unset it.`,
    details: { input: text },
  });
}
