import {
  K3dError,
  toK3dError,
  type CallOptions,
  type Detection,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { cgroupFacts } from "./facts.ts";
import { settingsFrom, type Settings } from "./settings.ts";
import { findRuntime, installHint, missingTools, type OciRuntimeProgram } from "./tools.ts";

const ELSEWHERE = "Use Docker or Podman here";

/**
 * Whether this machine can run containers without an engine.
 *
 * @throws `RUNTIME_UNAVAILABLE` with the reason and what to do.
 */
export async function requireHost({
  env,
  platform,
  uid,
}: RuntimeOptions): Promise<{ settings: Settings; program: OciRuntimeProgram }> {
  if (platform !== "linux")
    throw unfit(`containers without an engine need Linux, and this is ${platform}`, ELSEWHERE);
  if (uid !== 0)
    throw unfit(
      "containers without an engine need root",
      "Run the command as root, or use Docker or Podman",
    );
  const settings = settingsFrom(env);
  const missing = await missingTools(settings);
  if (missing.length > 0)
    throw unfit(
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not installed`,
      installHint(missing),
    );
  const program = await findRuntime(settings);
  const cgroup = await cgroupFacts();
  if (program.name === "crun" && cgroup.hybrid) {
    throw unfit(
      "crun refuses the hybrid cgroup set-up of this machine (version 1 with the unified hierarchy beside it)",
      "Install the package runc, or boot with systemd.unified_cgroup_hierarchy=1",
    );
  }
  return { settings, program };
}

export async function detect(options: RuntimeOptions & CallOptions): Promise<Detection> {
  try {
    const { settings, program } = await requireHost(options);
    return {
      available: true,
      reason: `${program.name} ${program.version} at ${program.path}, containers below ${settings.root}`,
      endpoint: `file://${settings.root}`,
    };
  } catch (error) {
    const { message, hint } = toK3dError(error);
    return { available: false, reason: message, hint };
  }
}

function unfit(reason: string, hint: string): K3dError {
  return new K3dError("RUNTIME_UNAVAILABLE", reason, { hint });
}
