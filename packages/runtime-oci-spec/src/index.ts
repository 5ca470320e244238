/**
 * k3d's containers as OCI bundles, and a runtime that runs them with no daemon.
 *
 * Modules of this package import each other by their `.ts` names: the monitors
 * of containers load this very module in a Node of their own, from its source
 * as well as from a build.
 */
import type { RuntimeOptions } from "@k3d/core";
import { ociFactory } from "./factory.ts";

export { toOciSpec } from "./translation/to-oci-spec.ts";
export { portableHost } from "./translation/portable-host.ts";
export type * from "./translation/oci-config.ts";
export type { OciHost } from "./translation/oci-host.ts";

export default ociFactory(import.meta.url);

/** For the monitor of a container that has ended; not for others. */
export async function afterExit(id: string, run: number, env: RuntimeOptions["env"]): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([import("./factory.ts"), import("./container/after-exit.ts")]);
  await hook.afterExit(await engineFromEnv(env, import.meta.url), id, run);
}

/** For the process that waits to restart a container; not for others. */
export async function restartLater(id: string, run: number, env: RuntimeOptions["env"]): Promise<void> {
  const [{ engineFromEnv }, hook] = await Promise.all([import("./factory.ts"), import("./container/after-exit.ts")]);
  await hook.restartLater(await engineFromEnv(env, import.meta.url), id, run);
}
