import { formatBytes } from "../../../model/index.js";
import { CONTAINER_LIMIT_MS, type Check } from "../check.js";
import { ok, problem, unknown, type Verdict, warning } from "../finding.js";
import type { Space } from "../local-machine.js";

const GIBIBYTE = 1024 ** 3;
/** k3s evicts pods when less than 5 % is free. */
const EVICTION = 0.05;
/** A node image with its first containers, and room to work. */
const LEAST = GIBIBYTE;
const COMFORTABLE = 5 * GIBIBYTE;
/** Files of k3d's own are small. */
const LEAST_HERE = 1024 ** 2;

/** Room where the engine keeps images and containers, and where k3d writes. */
export const diskCheck: Check = {
  id: "disk",
  group: "machine",
  limitMs: CONTAINER_LIMIT_MS,
  async run({ engine, host, machine, kubeconfigStore }) {
    const here = await machine.space(kubeconfigStore.defaultPath);
    const own = here === undefined ? [] : judgeOwnFiles(here, kubeconfigStore.defaultPath);
    const reached = await engine().then(
      () => true,
      () => false,
    );
    if (!reached) return own.length > 0 ? own : [unknown("No engine answers")];
    const { view, unseen } = await host();
    const storage =
      view?.space === undefined
        ? [
            unknown(
              `The free space for images is not known: ${unseen ?? "the engine does not report it"}`,
            ),
          ]
        : judgeStorage(view.space);
    return [...storage, ...own];
  },
};

export function judgeStorage({ total, free, inodes }: Space): Verdict[] {
  const fix =
    "Free some space: k3d prune --images, docker system prune, or a larger disk for the engine";
  const share = total === 0 ? 0 : free / total;
  const told = `${formatBytes(free)} of ${formatBytes(total)} are free where the engine keeps images`;
  if (inodes !== undefined && inodes.free < 10_000) {
    return [problem(`Only ${inodes.free} inodes are free where the engine keeps images`, fix)];
  }
  if (free < LEAST) return [problem(`Only ${told}`, fix)];
  if (share < EVICTION) return [problem(`Only ${told}: k3s evicts pods below 5 %`, fix)];
  return free < COMFORTABLE || share < 2 * EVICTION ? [warning(`Only ${told}`, fix)] : [ok(told)];
}

function judgeOwnFiles({ free, inodes }: Space, path: string): Verdict[] {
  if (free >= LEAST_HERE && (inodes === undefined || inodes.free > 0)) return [];
  const what = free < LEAST_HERE ? formatBytes(free) : "no inode";
  return [
    problem(
      `The kubeconfig cannot be written: ${what} free at ${path}`,
      "Free some space there, or name another file with KUBECONFIG",
    ),
  ];
}
