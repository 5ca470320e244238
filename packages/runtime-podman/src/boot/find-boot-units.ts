import { dirname, join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import type { HostFiles } from "../host/host-files.js";
import { BootUnits } from "./boot-units.js";

export type BootSupport = { units: BootUnits } | { missing: string };

/** Whether systemd can start containers of this user after a reboot, or what it lacks. */
export async function findBootUnits(
  files: HostFiles,
  { env, homeDir, uid = 0 }: Pick<RuntimeOptions, "env" | "homeDir" | "uid">,
  podman: string,
): Promise<BootSupport> {
  if (!(await files.exists("/run/systemd/system"))) {
    return { missing: "systemd does not run here" };
  }
  if (uid === 0) {
    const unitDir = "/etc/systemd/system";
    if (await files.writable(unitDir)) return { units: new BootUnits({ unitDir, podman }) };
    return { missing: `${unitDir} cannot be written` };
  }
  const user = (await files.userName(uid)) ?? String(uid);
  if (!(await files.exists(`/var/lib/systemd/linger/${user}`))) {
    return {
      missing: `services of user ${user} start only at log-in (loginctl enable-linger ${user} changes that)`,
    };
  }
  const config = env["XDG_CONFIG_HOME"] || join(homeDir, ".config");
  if (!(await files.writable(config)) && !(await files.writable(dirname(config)))) {
    return { missing: `${config} cannot be written` };
  }
  return { units: new BootUnits({ unitDir: join(config, "systemd/user"), podman }) };
}
