import { APP, LABELS } from "@k3d/core";

/** Labels of what a user made with k3d for clusters to use: it belongs to none, and outlives them. */
export const EXTERNAL_LABELS: Readonly<Record<string, string>> = {
  [LABELS.app]: APP,
  [LABELS.external]: "true",
};

/** The cluster that an object was made with, or what else it is. */
export function ownerOf(labels: Readonly<Record<string, string>>): string {
  if (labels[LABELS.external] === "true") return "-";
  return labels[LABELS.cluster] ?? "?";
}
