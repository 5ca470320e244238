import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { mayHoldSysResource } from "../host/capability.ts";
import { say } from "../host/script.ts";
import { installWrapper, WRAPPER_PATH } from "../host/wrapper.ts";

/**
 * A drop-in, which Podman reads after containers.conf: it reaches every podman command without a
 * variable in its environment (also those that k3d runs), and the user's own file stays as it is.
 */
export const DROP_IN = "/etc/containers/containers.conf.d/90-k3d-test.conf";

/** Whether this machine has only cgroup v2. crun refuses the hybrid of v1 and v2, runc does not. */
export function cgroupsAreUnified(): boolean {
  return existsSync("/sys/fs/cgroup/cgroup.controllers");
}

/**
 * The drop-in that a machine needs, or undefined when it needs none.
 *
 * @param machine what decides it
 */
export function dropInFor(machine: {
  readonly sysResource: boolean;
  readonly unifiedCgroups: boolean;
}): string | undefined {
  if (machine.sysResource && machine.unifiedCgroups) return undefined;
  const lines = ["# Written by the k3d test set-up.", "[engine]", 'runtime = "runc"'];
  if (!machine.sysResource) {
    // Under the name "runc", because Podman knows by the name that the runtime speaks JSON.
    lines.push("", "[engine.runtimes]", `runc = ["${WRAPPER_PATH}"]`);
  }
  return `${lines.join("\n")}\n`;
}

/** Writes the drop-in, and installs the wrapper that it names, where this machine needs them. */
export function prepareContainersConf(): void {
  const sysResource = mayHoldSysResource();
  const wanted = dropInFor({ sysResource, unifiedCgroups: cgroupsAreUnified() });
  if (wanted === undefined) return;
  if (!sysResource) installWrapper();
  if (existsSync(DROP_IN) && readFileSync(DROP_IN, "utf8") === wanted) return;
  say(`Podman gets ${DROP_IN}: ${sysResource ? "runc" : "a runc wrapper"} as runtime`);
  mkdirSync(dirname(DROP_IN), { recursive: true });
  writeFileSync(`${DROP_IN}.new`, wanted);
  renameSync(`${DROP_IN}.new`, DROP_IN);
}
