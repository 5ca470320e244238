import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** The CLI built in this checkout. */
export const K3D = join(ROOT, "bin", "k3d");
