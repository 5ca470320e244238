import { LABELS } from "../model/labels.js";

/** Volumes that a container took over from the one it replaced: its own, although its spec names them. */
export function keptVolumes(labels: Readonly<Record<string, string>>): string[] {
  return (labels[LABELS.keptVolumes] ?? "").split(",").filter(Boolean);
}
