import { checkHookCommand } from "../config/options/hooks.js";
import { resolveHook, runsOnHost } from "../config/hooks.js";
import type { ResolvedHook } from "../config/resolved-config.js";
import type { HookConfig } from "../config/simple-config.js";
import { type NodeFilter, parseNodeFilter, type SelectableNode } from "../filters/index.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { HOOK_MOMENTS, NODE_MOMENTS, type HookMoment } from "../model/moments.js";

/** In servers whose hooks changed after their creation: what the label would say. */
export const HOOKS_PATH = "/etc/k3d/hooks.json";

/** The hooks that a cluster keeps. */
export interface KeptHooks {
  /** All of them run in nodes: a label never says what runs on the host. */
  hooks: ResolvedHook[];
  /** When the config file would have the host do something. */
  onHost: HookMoment[];
}

/**
 * The label's value; `undefined` where nothing is to be kept. Nodes that filters name are named by
 * their place, which they also have in a cluster of another name.
 */
export function formatKeptHooks(
  hooks: readonly ResolvedHook[],
  nodes: readonly SelectableNode[],
): string | undefined {
  const byPlace = (filter: NodeFilter): string => {
    const node =
      filter.kind === "name" ? nodes.find(({ name }) => name === filter.name) : undefined;
    return node === undefined ? filter.text : `${node.role}:${node.index}`;
  };
  const kept = hooks
    .filter(({ when }) => !when.endsWith("-create"))
    .map(({ when, command, timeout, place }) =>
      place.kind === "host"
        ? { when }
        : { when, command, nodeFilters: place.filters.map(byPlace), timeout },
    );
  return kept.length === 0 ? undefined : JSON.stringify(kept);
}

/** Whether two values of the label keep the same. */
export const sameHooks = (one: string | undefined, other: string | undefined): boolean =>
  JSON.stringify(readKeptHooks(one)) === JSON.stringify(readKeptHooks(other));

/** The file that speaks in the label's place. */
export const hooksFile = (label: string | undefined): ContainerFile => ({
  path: HOOKS_PATH,
  content: label ?? "[]",
  mode: 0o644,
  description: "hooks that the cluster keeps",
});

/**
 * What the label says. Whoever may make containers may write it: what is none of its kind is left
 * out, and what has no node filter is no command.
 */
export function readKeptHooks(label: string | undefined): KeptHooks {
  const kept: KeptHooks = { hooks: [], onHost: [] };
  for (const entry of entriesOf(label)) {
    const { when, command } = entry;
    if (!isMoment(when)) continue;
    if (command === undefined && runsOnHost(entry as HookConfig)) {
      kept.onHost.push(when);
      continue;
    }
    const hook = asNodeHook({ ...entry, when });
    if (hook !== undefined) kept.hooks.push(hook);
  }
  return kept;
}

function entriesOf(label: string | undefined): Partial<Record<keyof HookConfig, unknown>>[] {
  try {
    const value: unknown = label === undefined ? [] : JSON.parse(label);
    return Array.isArray(value) ? value.filter((entry) => isObject(entry)) : [];
  } catch {
    return [];
  }
}

function asNodeHook({
  when,
  command,
  nodeFilters,
  timeout,
}: Partial<Record<keyof HookConfig, unknown>> & { when: HookMoment }): ResolvedHook | undefined {
  const isText = (value: unknown): value is string => typeof value === "string";
  if (!NODE_MOMENTS.includes(when) || !isText(command)) return undefined;
  if (!Array.isArray(nodeFilters) || nodeFilters.length === 0 || !nodeFilters.every(isText))
    return undefined;
  if (timeout !== undefined && !isText(timeout)) return undefined;
  try {
    checkHookCommand(command);
    nodeFilters.forEach((filter) => parseNodeFilter(filter));
    const hook = { when, command, nodeFilters, ...(timeout === undefined ? {} : { timeout }) };
    return resolveHook(hook, undefined);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const isMoment = (value: unknown): value is HookMoment =>
  (HOOK_MOMENTS as readonly unknown[]).includes(value);
