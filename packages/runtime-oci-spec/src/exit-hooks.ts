/**
 * What monitors of containers run, each in a Node of its own.
 *
 * They import {@link exitModule} and find the functions in the global scope:
 * a bundler may move this module into any file and rename its exports.
 *
 * Modules of this package import each other by their `.ts` names, so that this
 * works from its source as well as from a build.
 */
import type { RuntimeOptions } from "@k3d/core/runtime";
import { EXIT_HOOKS, type ExitHook } from "./containers/hook-args.ts";

/** Address of the file that this module is in. */
export const exitModule = import.meta.url;

type Env = RuntimeOptions["env"];

async function afterExit(id: string, run: number, env: Env): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([
    import("./engine/open-engine.ts"),
    import("./containers/after-exit.ts"),
  ]);
  await hook.afterExit(await engineFromEnv(env, exitModule), id, run);
}

async function restartLater(id: string, run: number, env: Env): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([
    import("./engine/open-engine.ts"),
    import("./containers/after-exit.ts"),
  ]);
  await hook.restartLater(await engineFromEnv(env, exitModule), id, run);
}

const hooks: Record<ExitHook, typeof afterExit> = { afterExit, restartLater };
(globalThis as Record<symbol, unknown>)[Symbol.for(EXIT_HOOKS)] = hooks;
