import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  compareNames,
  toK3dError,
  type EventSink,
  type Lifecycle,
  type LifecycleHooks,
  type LifecycleParticipant,
} from "@k3d/core";
import { findMisfit, misfitText, type PeerRanges } from "./fits.js";
import { whileLoading } from "../loading/while-loading.js";
import { runHostCommand } from "../cluster-hooks/host-command.js";

/** What is read of a plug-in before any of its code is loaded. */
export interface HookPackage {
  name: string;
  /** The package's directory. */
  root: string;
  pjson: PeerRanges & { k3d?: { hooks?: unknown } };
}

/**
 * The plug-ins that take part in the life of clusters: those whose package.json says
 * `"k3d": { "hooks": "<module>" }`, by name. Their modules are imported when the first operation asks;
 * one that cannot be used is told of and left out.
 */
export function lifecycleOf(plugins: Iterable<HookPackage>, events: EventSink): Lifecycle {
  let loading: Promise<LifecycleParticipant[]> | undefined;
  return {
    participants: () => (loading ??= loadParticipants([...plugins], events)),
    runCommand: runHostCommand,
  };
}

async function loadParticipants(
  plugins: readonly HookPackage[],
  events: EventSink,
): Promise<LifecycleParticipant[]> {
  const declaring = plugins
    .filter(({ pjson }) => pjson.k3d?.hooks !== undefined)
    .toSorted((a, b) => compareNames(a.name, b.name));
  const loaded = await Promise.all(
    declaring.map(async (plugin) => {
      try {
        return await loadHooks(plugin);
      } catch (error) {
        events.emit({
          type: "warning",
          message: `The hooks of the plug-in ${plugin.name} are skipped: ${toK3dError(error).message}`,
          hint: `See: k3d plugins inspect ${plugin.name}`,
        });
        return [];
      }
    }),
  );
  return loaded.flat();
}

/** Imports what a plug-in declares. @throws Error that says why it cannot be used. */
export async function loadHooks({ name, root, pjson }: HookPackage): Promise<LifecycleParticipant> {
  const module = pjson.k3d?.hooks;
  if (typeof module !== "string") throw new Error('"k3d": { "hooks" } names no module');
  const misfit = await findMisfit(pjson);
  if (misfit !== undefined) throw new Error(misfitText(name, misfit).message);
  const url = pathToFileURL(join(root, module)).href;
  const loaded = await whileLoading(
    root,
    () => import(url) as Promise<{ default?: LifecycleHooks & { timeoutMs?: unknown } }>,
  );
  const hooks = loaded.default;
  if (typeof hooks !== "object" || hooks === null)
    throw new Error(`${module} has no default export with hooks`);
  const unknown = Object.keys(hooks).find(
    (key) => key !== "timeoutMs" && !/^(before|after)(Create|Start|Stop|Delete|Import)$/.test(key),
  );
  if (unknown !== undefined) throw new Error(`there is no hook "${unknown}"`);
  const { timeoutMs } = hooks;
  const timed = typeof timeoutMs === "number" && timeoutMs > 0 ? { timeoutMs } : {};
  return { name, hooks, ...timed };
}
