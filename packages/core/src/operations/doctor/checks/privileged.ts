import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import type { HostSight } from "../host/host-view.js";
import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import { missingCapabilities } from "./capability-names.js";

/** Whether privileged containers start, as nodes are, and with all capabilities. */
export const privilegedCheck: Check = {
  id: "privileged",
  group: "engine",
  limitMs: CONTAINER_LIMIT_MS,
  async run(facts) {
    const { info, capabilities } = await facts.engine();
    if (!capabilities.privileged) {
      return [problem(`${info.engine} has no privileged containers, which nodes need`, OTHER)];
    }
    return [judgePrivileged(await facts.host(), info.rootless)];
  },
};

const OTHER = "Choose another runtime with --runtime";

export function judgePrivileged(sight: HostSight, rootless: boolean): Verdict {
  const { refused, view, unseen, bounding } = sight;
  if (refused !== undefined) {
    const missing = missingCapabilities(bounding);
    const named = [...new Set(refused.message.match(/\bCAP_[A-Z_]+/g) ?? missing)];
    const [reason = ""] = refused.message.split("\n");
    const lacks = named.length === 0 ? "" : `; this machine lacks ${named.join(", ")}`;
    return problem(
      `A privileged container does not start${lacks}: ${reason}`,
      named.length === 0
        ? (refused.hint ??
            "Look at the engine's log; an authorization plug-in or a sandbox may forbid it")
        : `Give the machine or container that the engine runs in ${named.join(", ")}`,
    );
  }
  if (view?.from !== "container")
    return unknown(`Not tried: ${unseen ?? "no container ran"}`, PULL);
  const status = view.files.get("/proc/self/status") ?? "";
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  const missing = missingCapabilities(effective);
  if (missing.length === 0) return ok("Privileged containers start, with all capabilities");
  const message = `Privileged containers start, but without ${missing.join(", ")}`;
  return rootless
    ? ok(`${message}, as in a user namespace`)
    : warning(
        message,
        `Give the machine or container that the engine runs in ${missing.join(", ")}`,
      );
}

export const PULL = "Pull it, e.g. by creating a cluster, or name one that is there with --image";
