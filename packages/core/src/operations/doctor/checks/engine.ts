import { K3dError, isK3dError } from "../../../errors/index.js";
import type { Check } from "../check.js";
import { isLocal, type RuntimeReport } from "../facts.js";
import { ok, problem, type Verdict, warning } from "../finding.js";

/** Whether an engine answers, which one, and whether nodes can run on it at all. */
export const engineCheck: Check = {
  id: "engine",
  group: "engine",
  async run(facts) {
    try {
      const engine = await facts.engine();
      const { engine: name, apiVersion, endpoint, obstacles = [], architecture, os } = engine.info;
      const api = apiVersion === undefined ? "" : `, API ${apiVersion}`;
      const remote = isLocal(engine)
        ? ""
        : "; it is on another machine, which is examined from containers only";
      return [
        ok(`${name}${api} at ${endpoint} (${os}/${architecture})${remote}`),
        ...obstacles.map(({ reason, hint }) =>
          problem(`Nodes cannot run: ${reason}`, sentence(hint)),
        ),
      ];
    } catch (error) {
      if (!isK3dError(error, "RUNTIME_UNAVAILABLE")) throw error;
      return unavailable(error, await facts.runtimes());
    }
  },
};

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;

/** A line for every installed runtime, else what was said about the one that was named. */
function unavailable(error: K3dError, runtimes: readonly RuntimeReport[]): Verdict[] {
  const { details, message, hint } = error;
  const isNamed = !Array.isArray(details?.["runtimes"]);
  if (isNamed || runtimes.length === 0)
    return [problem(message, hint ?? "Start the engine, or choose another runtime with --runtime")];
  return [
    problem("No container engine answers", "Start one of these, or install Docker or Podman"),
    ...runtimes.map(({ name, reason, hint: advice }) =>
      advice === undefined
        ? { status: "unknown" as const, message: `${name}: ${reason}` }
        : warning(`${name}: ${reason}`, advice),
    ),
  ];
}

/** Storage drivers with what is wrong with them. */
const DRIVERS: Readonly<Record<string, string>> = {
  vfs: "copies every image for every container: slow, and the disk fills quickly",
  devicemapper: "is no longer supported by engines",
  aufs: "is no longer supported by engines, and k3s cannot use overlayfs on it",
};
/** Those on which the kernel refuses overlayfs, which k3s' containerd uses. */
const NO_OVERLAY_ON: readonly string[] = ["zfs", "aufs"];

/** How the engine stores images and containers. */
export const storageCheck: Check = {
  id: "storage",
  group: "engine",
  async run(facts) {
    const { storageDriver: driver } = (await facts.engine()).info;
    if (driver === undefined)
      return [{ status: "unknown", message: "The engine does not report it" }];
    const flaw = DRIVERS[driver];
    if (NO_OVERLAY_ON.includes(driver)) {
      const why = flaw ?? "does not support overlayfs, which k3s uses on it by default";
      return [
        warning(
          `The storage driver ${driver} ${why}`,
          "Use overlay2, or create clusters with --k3s-arg '--snapshotter=native@all'",
        ),
      ];
    }
    if (flaw === undefined) return [ok(`Storage driver ${driver}`)];
    return [
      warning(
        `The storage driver ${driver} ${flaw}`,
        "Set the engine's storage driver to overlay2 (overlay)",
      ),
    ];
  },
};
