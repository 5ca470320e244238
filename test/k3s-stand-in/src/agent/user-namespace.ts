import { closeSync, openSync, readFileSync } from "node:fs";
import { FatalError } from "../errors.ts";
import { klog, log } from "../log.ts";
import type { NodeConfig } from "../server/config.ts";

/** The sysctls that a kubelet sets, and their values. Source: Kubernetes' `pkg/kubelet/cm` and `component-helpers/node/util/sysctl`. */
const sysctls: [name: string, value: string][] = [
  ["vm/overcommit_memory", "1"],
  ["vm/panic_on_oom", "0"],
  ["kernel/panic", "10"],
  ["kernel/panic_on_oops", "1"],
  ["kernel/keys/root_maxkeys", "1000000"],
  ["kernel/keys/root_maxbytes", "25000000"],
];

/** Whether `/proc/self/uid_map` says that this is not the first user namespace. */
export function inUserNamespace(uidMap: string): boolean {
  const [first = "", ...more] = uidMap.trim().split("\n");
  return more.length > 0 || !/^0\s+0\s+4294967295$/.test(first.trim());
}

/** Whether a feature gate is on by `--kubelet-arg=feature-gates=…`; the last word on a gate counts. */
export function gateEnabled(kubeletArgs: string[], gate: string): boolean {
  const words = kubeletArgs
    .map((arg) => /^(?:--)?feature-gates=(.*)$/.exec(arg)?.[1])
    .flatMap((list) => (list ?? "").split(","))
    .map((word) => word.trim().split("="));
  return words.findLast(([name]) => name === gate)?.[1]?.toLowerCase() === "true";
}

function reasonOf(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: "no such file or directory",
    EPERM: "operation not permitted",
    EACCES: "permission denied",
    EROFS: "read-only file system",
    ENXIO: "no such device or address",
  };
  const { code = "" } = error as NodeJS.ErrnoException;
  return reasons[code] ?? code;
}

/** Why a file cannot be opened, as Go says it. */
function refusal(file: string, path: string, mode: "r" | "r+"): string | undefined {
  try {
    closeSync(openSync(file, mode));
    return undefined;
  } catch (error) {
    return `open ${path}: ${reasonOf(error)}`;
  }
}

/** Names of the sysctls that have another value and cannot be written; none is changed. */
function refusedSysctls(config: NodeConfig): string[] {
  return sysctls.flatMap(([name, value]) => {
    const path = `/proc/sys/${name}`;
    const file = config.paths.at(path);
    let present: string | undefined;
    try {
      present = readFileSync(file, "utf8").trim();
    } catch {
      // Opened for writing below, which says why it cannot be.
    }
    return present === value ? [] : (refusal(file, path, "r+") ?? []);
  });
}

function uidMapOf(config: NodeConfig): string {
  try {
    return readFileSync(config.paths.at("/proc/self/uid_map"), "utf8");
  } catch {
    return "0 0 4294967295";
  }
}

/**
 * In a user namespace, where the kernel's log and the kubelet's sysctls are refused, a kubelet goes on
 * only with the gate `KubeletInUserNamespace`. Throws FatalError.
 */
export function requireKernelAccess(config: NodeConfig): void {
  if (!inUserNamespace(uidMapOf(config))) return;
  const gate = "KubeletInUserNamespace";
  const enabled = gateEnabled(config.options.slice("kubelet-arg"), gate);
  const kmsg = refusal(config.paths.at("/dev/kmsg"), "/dev/kmsg", "r");
  if (kmsg !== undefined) {
    const hint = enabled
      ? "(running in UserNS, ignoring)"
      : `(running in UserNS, Hint: enable ${gate} feature flag to ignore the error)`;
    klog(
      enabled ? "I" : "E",
      "kubelet.go:505",
      `"Failed to create an oomWatcher ${hint}" err="${kmsg}"`,
    );
    if (!enabled) end(`failed to run Kubelet: failed to create kubelet: ${kmsg}`);
  }
  const refused = refusedSysctls(config);
  if (refused.length === 0) return;
  for (const reason of refused)
    klog(
      enabled ? "I" : "E",
      "container_manager_linux.go:456",
      `"Updating kernel flag failed ${enabled ? "(running in UserNS, ignoring)" : `(Hint: enable ${gate} feature flag to ignore the error)`}" err="${reason}"`,
    );
  if (!enabled) end(`failed to start ContainerManager: [${refused.join(", ")}]`);
}

function end(message: string): never {
  klog("E", "run.go:72", `"command failed" err=${JSON.stringify(message)}`);
  log.error(`kubelet exited: ${message}`);
  throw new FatalError(`kubelet exited: ${message}`);
}
