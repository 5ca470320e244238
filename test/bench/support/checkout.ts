import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** The CLI built in this checkout. */
export const K3D = join(ROOT, "bin", "k3d");
/** The same without the shell script of a checkout. */
export const RUN_JS = join(ROOT, "packages", "cli", "bin", "run.js");
/** A Go k3d to measure beside, where one is named. */
export const GO_K3D = process.env.K3D_BENCH_GO || undefined;
