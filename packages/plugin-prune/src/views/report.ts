import { formatBytes } from "@k3d/core";
import type { PruneItem, PruneSkip } from "../operations/operations.js";
import { renderTable } from "@k3d/plugin-kit";

/** `KIND NAME SIZE REASON` with the sum below. */
export function itemTable(items: readonly PruneItem[]): string {
  const rows = items.map(({ kind, name, size, reason }) => [
    kind,
    name,
    size === undefined ? "-" : formatBytes(size),
    reason,
  ]);
  return `${renderTable(["KIND", "NAME", "SIZE", "REASON"], rows)}\n\n${totals(items)}`;
}

const WITHOUT_SIZE: readonly PruneItem["kind"][] = ["network", "kubeconfig"];

/** `3 things, 1.2 MB`; what has no known size is counted apart. */
export function totals(items: readonly PruneItem[]): string {
  const known = items.flatMap(({ size }) => size ?? []);
  const unknown = items.filter(
    ({ kind, size }) => size === undefined && !WITHOUT_SIZE.includes(kind),
  ).length;
  const sum = formatBytes(known.reduce((total, size) => total + size, 0));
  const things = `${items.length} ${items.length === 1 ? "thing" : "things"}`;
  if (known.length === 0) return things;
  return `${things}, ${sum}${unknown === 0 ? "" : ` and ${unknown} of unknown size`}`;
}

export function skipText({ kind, name, reason }: PruneSkip): string {
  return `Left alone: ${kind} ${name}: ${reason}`;
}
