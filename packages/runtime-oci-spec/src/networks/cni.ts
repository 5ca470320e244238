import { K3dError, parseAnswer } from "@k3d/core/runtime";
import { tryRun } from "../host/run.ts";
import type { Settings } from "../host/settings.ts";
import type { PluginConfig } from "../store/records.ts";
import { findPlugin } from "../host/tools.ts";

/** The protocol's version: https://github.com/containernetworking/cni/blob/spec-v1.0.0/SPEC.md */
export const CNI_VERSION = "1.0.0";

export interface CniResult extends Record<string, unknown> {
  ips?: { address: string; gateway?: string }[];
}

/** The interface a chain of plugins works on. */
export interface CniTarget {
  containerId: string;
  /** Path of the network namespace. */
  namespace: string;
  interface: string;
}

/**
 * Runs the first plugin, which makes the interface, then the others at once
 * with its result: they change the firewall only, each a table of its own.
 *
 * @throws as {@link callPlugin}, after everything was undone.
 */
export async function addInterface(
  settings: Settings,
  target: CniTarget,
  plugins: readonly PluginConfig[],
  signal?: AbortSignal,
): Promise<CniResult> {
  const [first, ...others] = plugins;
  if (!first) return {};
  let result: CniResult | undefined;
  try {
    result = await callPlugin(settings, "ADD", target, first, undefined, signal);
    await allOf(
      others.map((plugin) => callPlugin(settings, "ADD", target, plugin, result, signal)),
    );
    return result;
  } catch (error) {
    // Those that failed too: the protocol lets them leave things behind for DEL.
    await deleteInterface(settings, target, plugins, result);
    throw error;
  }
}

/**
 * Undoes what {@link addInterface} did, also where only part of it is left.
 *
 * @param result of adding, or one that has its addresses: the firewall's rules go by them.
 */
export async function deleteInterface(
  settings: Settings,
  target: CniTarget,
  plugins: readonly PluginConfig[],
  result?: CniResult,
): Promise<void> {
  const [first, ...others] = plugins;
  await allOf(others.map((plugin) => callPlugin(settings, "DEL", target, plugin, result)));
  if (first) await callPlugin(settings, "DEL", target, first, result);
}

/** Waits for all of them, also when one fails, and only then throws the first failure. */
async function allOf(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

/**
 * Calls one plugin.
 *
 * @throws `ADDRESS_IN_USE`, `RUNTIME_UNAVAILABLE` when it is not installed, `RUNTIME_ERROR`, `ABORTED`.
 */
export async function callPlugin(
  settings: Settings,
  command: "ADD" | "DEL",
  target: CniTarget,
  plugin: PluginConfig,
  previous: CniResult | undefined,
  signal?: AbortSignal,
): Promise<CniResult> {
  const path = await findPlugin(plugin.type, settings);
  const config = {
    cniVersion: CNI_VERSION,
    ...plugin,
    prevResult: previous,
  };
  const { exitCode, stdout, stderr } = await tryRun(path, [], {
    input: JSON.stringify(config),
    signal,
    env: {
      PATH: settings.path,
      CNI_COMMAND: command,
      CNI_CONTAINERID: target.containerId,
      CNI_NETNS: target.namespace,
      CNI_IFNAME: target.interface,
      CNI_PATH: settings.cniPath.join(":"),
    },
  });
  if (exitCode === 0)
    return stdout.trim() === ""
      ? {}
      : parseAnswer<CniResult>(stdout, `run the CNI plugin ${plugin.type}`);
  throw pluginFailed(plugin, command, stdout, stderr);
}

function pluginFailed(
  plugin: PluginConfig,
  command: string,
  stdout: string,
  stderr: string,
): K3dError {
  const reason = errorMessage(stdout) ?? stderr.trim();
  const details = { plugin: plugin.type, network: plugin.name, command, reason };
  const address = /requested IP address (\S+) is not available/.exec(reason)?.[1];
  if (address !== undefined) {
    return new K3dError(
      "ADDRESS_IN_USE",
      `Address ${address} of network '${plugin.name}' is taken by another container`,
      { details },
    );
  }
  return new K3dError(
    "RUNTIME_ERROR",
    `CNI plugin ${plugin.type} failed on network '${plugin.name}': ${reason}`,
    { details },
  );
}

function errorMessage(stdout: string): string | undefined {
  try {
    const { msg, details } = JSON.parse(stdout) as { msg?: string; details?: string };
    return msg === undefined ? undefined : [msg, details].filter(Boolean).join(": ");
  } catch {
    return undefined;
  }
}
