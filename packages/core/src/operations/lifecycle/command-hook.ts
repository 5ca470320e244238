import type { ResolvedHook } from "../../config/resolved-config.js";
import { formatDuration } from "../../config/durations.js";
import { K3dError, abortError, shorten, toK3dError } from "../../errors/index.js";
import type { StepContext } from "../../events/index.js";
import { selectNodes } from "../../filters/index.js";
import { KUBECONFIG_PATH } from "../../model/defaults.js";
import type { NodeView } from "../../node/views.js";
import type { Collaborators } from "../../steps/world.js";
import { type LifecycleEvent, failureCode, outcomeText } from "./event.js";
import { kubeconfigOf } from "./kubeconfig-of.js";
import { runInNode } from "./node-command.js";
import { Tail } from "./tail.js";

/**
 * Runs one hook of the config file, on the host or in its nodes.
 *
 * @throws `HOOK_REFUSED` or `HOOK_FAILED` with the last lines that it printed.
 */
export async function runCommandHook(
  hook: ResolvedHook,
  event: LifecycleEvent,
  deps: Collaborators,
  context: StepContext,
): Promise<void> {
  const limit = AbortSignal.timeout(hook.timeoutMs);
  const signal = AbortSignal.any([context.signal, limit]);
  const run = { hook, event, deps, context: { ...context, signal } };
  try {
    await (hook.place.kind === "host" ? onHost(run) : inNodes(run));
  } catch (error) {
    if (context.signal.aborted) throw abortError(context.signal);
    if (!limit.aborted) throw error;
    throw hookFailure(run, `did not end within ${formatDuration(hook.timeoutMs)}`, new Tail(), {
      hint: "Give it more time with its timeout, or find out why it hangs.",
    });
  }
}

interface HookRun {
  hook: ResolvedHook;
  event: LifecycleEvent;
  deps: Collaborators;
  context: StepContext;
}

async function onHost(run: HookRun): Promise<void> {
  const { hook, event, deps, context } = run;
  const { signal } = context;
  if (deps.lifecycle === undefined) {
    throw hookFailure(run, "cannot run here: this program does not run commands", new Tail());
  }
  const kubeconfig = await kubeconfigOf(event.payload.cluster, deps, signal);
  const tail = new Tail();
  const exitCode = await deps.lifecycle.runCommand({
    command: hook.command,
    ...(hook.place.kind === "host" ? { directory: hook.place.directory } : {}),
    env: environment(event),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    onLine: lineReader(run, tail),
    signal,
  });
  if (exitCode !== 0) throw hookFailure(run, `ended with exit code ${exitCode}`, tail);
}

async function inNodes(run: HookRun): Promise<void> {
  const { event, deps, context } = run;
  const chosen = await chooseNodes(run);
  await Promise.all(
    chosen.map(async ({ name, id, role }) => {
      const tail = new Tail();
      const env = {
        ...environment(event),
        K3D_NODE: name,
        ...(role === "server" ? { KUBECONFIG: KUBECONFIG_PATH } : {}),
      };
      const exitCode = await runInNode(deps.runtime, {
        node: id,
        command: run.hook.command,
        env,
        onLine: lineReader(run, tail, name),
        signal: context.signal,
      });
      if (exitCode !== 0)
        throw hookFailure(run, `ended with exit code ${exitCode} in ${name}`, tail);
    }),
  );
}

/** Nodes that are gone or stopped cannot keep a cluster from being stopped or deleted: that is told. */
async function chooseNodes({ hook, event, deps, context }: HookRun): Promise<NodeView[]> {
  const { place } = hook;
  if (place.kind !== "nodes") return [];
  const warn = (reason: string): void =>
    deps.events.emit({
      type: "warning",
      message: `The hook ${titleOf(hook)} at ${hook.when} does not run: ${reason}`,
    });
  const nodes = (await event.nodes(context.signal)).map((node) => ({
    ...node,
    index: Number(/-(\d+)$/.exec(node.name)?.[1] ?? 0),
  }));
  try {
    const selected = selectNodes(place.filters, nodes).nodes;
    const running = selected.filter(({ status }) => status === "running");
    if (running.length < selected.length) {
      const idle = selected.filter((node) => !running.includes(node));
      warn(idle.map(({ name, status }) => `${name} is ${status}`).join(", "));
    }
    return running;
  } catch (error) {
    warn(toK3dError(error).message);
    return [];
  }
}

const environment = ({ moment, payload }: LifecycleEvent): Record<string, string> => ({
  K3D_CLUSTER: payload.cluster,
  K3D_HOOK: moment,
  K3D_RUNTIME: payload.runtime,
  ...("images" in payload ? { K3D_IMAGES: payload.images.join(" ") } : {}),
});

function lineReader(
  { hook, deps, context }: HookRun,
  tail: Tail,
  node?: string,
): (line: string) => void {
  const prefix = `[${[hook.when, node].filter(Boolean).join(" ")}]`;
  return (line) => {
    tail.add(line);
    deps.events.emit({ type: "log", level: "info", message: `${prefix} ${line}` });
    context.progress(shorten(line, 80));
  };
}

function hookFailure(
  { hook, event }: HookRun,
  reason: string,
  { lines }: Tail,
  { hint }: { hint?: string } = {},
): K3dError {
  const { moment } = event;
  const printed = lines.length === 0 ? "" : `: ${lines.join("\n")}`;
  return new K3dError(
    failureCode(moment),
    `${outcomeText(event)}: the hook ${titleOf(hook)} at ${moment} ${reason}${printed}`,
    {
      hint: hint ?? "Correct the command, or remove it from the hooks of the config file.",
      details: { moment, command: hook.command, output: lines },
    },
  );
}

/** The first line of its command, in quotes. */
export function titleOf({ command }: ResolvedHook): string {
  const [first = "", ...others] = command.trim().split("\n");
  return `"${shorten(others.length === 0 ? first : `${first} …`, 60)}"`;
}
