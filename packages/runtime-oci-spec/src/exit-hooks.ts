/**
 * What monitors of containers run, each in a Node of its own.
 *
 * They import {@link exitModule} and find the functions in the global scope:
 * a bundler may move this module into any file and rename its exports.
 *
 * Modules of this package import each other by their `.ts` names, so that this
 * works from its source as well as from a build.
 */
import type { RuntimeOptions } from "@k3d/core";

/** Address of the file that this module is in. */
export const exitModule = import.meta.url;

const HOOKS = "k3d:oci-exit-hooks";

type Env = RuntimeOptions["env"];

async function afterExit(id: string, run: number, env: Env): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([
    import("./factory.ts"),
    import("./container/after-exit.ts"),
  ]);
  await hook.afterExit(await engineFromEnv(env, exitModule), id, run);
}

async function restartLater(id: string, run: number, env: Env): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([
    import("./factory.ts"),
    import("./container/after-exit.ts"),
  ]);
  await hook.restartLater(await engineFromEnv(env, exitModule), id, run);
}

(globalThis as Record<symbol, unknown>)[Symbol.for(HOOKS)] = { afterExit, restartLater };

/** Arguments for Node that call a hook for a container and one of its runs. */
export function hookArgs(
  hook: "afterExit" | "restartLater",
  module: string,
  id: string,
  run: number,
): string[] {
  const script = `import(process.argv[1]).then(() => globalThis[Symbol.for("${HOOKS}")].${hook}(process.argv[2], Number(process.argv[3]), process.env))`;
  return ["--no-warnings", "--eval", script, module, id, String(run)];
}
