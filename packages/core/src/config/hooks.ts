import { type NodeFilter, parseNodeFilter } from "../filters/index.js";
import { NODE_MOMENTS } from "../model/moments.js";
import { parseDuration } from "./durations.js";
import { checkHookCommand, DEFAULT_HOOK_TIMEOUT, type HookConfig } from "./options/hooks.js";
import { ProblemCollector, type Locate } from "./problems.js";
import type { ResolvedHook } from "./resolved-config.js";
import type { SimpleConfig } from "./simple-config.js";

/** Checks what the values of a hook mean together. */
export function checkHooks({ hooks = [] }: SimpleConfig, problems: ProblemCollector): void {
  for (const [index, hook] of hooks.entries()) {
    const { when, nodeFilters, timeout } = hook;
    problems.collect(`hooks[${index}].timeout`, () => hookTimeout(timeout));
    if (runsOnHost({ nodeFilters }) || NODE_MOMENTS.includes(when)) continue;
    problems.add(
      "CONFLICTING_OPTIONS",
      `hooks[${index}].nodeFilters[0]`,
      `No node runs at ${when}, so a hook cannot run in one`,
      "Leave the node filters out to run it on this host, or choose another moment.",
    );
  }
}

/** @param directory where commands on the host run. */
export function resolveHook(hook: HookConfig, directory: string | undefined): ResolvedHook {
  const { nodeFilters = [] } = hook;
  return {
    ...hook,
    timeoutMs: hookTimeout(hook.timeout),
    place: runsOnHost(hook)
      ? { kind: "host", ...(directory === undefined ? {} : { directory }) }
      : { kind: "nodes", filters: nodeFilters.map((text): NodeFilter => parseNodeFilter(text)) },
  };
}

/**
 * The hooks of a config that nothing else is read of.
 *
 * @throws `INVALID_INPUT` or `CONFLICTING_OPTIONS`, naming every problem.
 */
export function resolveHooks(
  config: SimpleConfig,
  { directory, locate }: { directory?: string | undefined; locate?: Locate },
): ResolvedHook[] {
  const problems = new ProblemCollector();
  const { hooks = [] } = config;
  checkHooks(config, problems);
  for (const [index, { command, nodeFilters = [] }] of hooks.entries()) {
    problems.collect(`hooks[${index}].command`, () => checkHookCommand(command));
    for (const [position, filter] of nodeFilters.entries()) {
      const path = `hooks[${index}].nodeFilters[${position}]`;
      problems.collect(path, () => parseNodeFilter(filter));
    }
  }
  problems.throwIfAny(locate);
  return hooks.map((hook) => resolveHook(hook, directory));
}

export const runsOnHost = ({ nodeFilters }: Pick<HookConfig, "nodeFilters">): boolean =>
  nodeFilters === undefined || nodeFilters.length === 0;

/** Milliseconds; 0 means the default, as with every time limit. */
const hookTimeout = (timeout = DEFAULT_HOOK_TIMEOUT): number =>
  parseDuration(timeout) || parseDuration(DEFAULT_HOOK_TIMEOUT);
