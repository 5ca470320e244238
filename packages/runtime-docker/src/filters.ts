import type { LabelSelector } from "@k3d/core";

/** The engine's `filters` parameter for a label selector; nothing for an empty one. */
export function labelFilters(labels: LabelSelector | undefined): { filters?: { label: string[] } } {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return {};
  return { filters: { label: entries.map(([key, value]) => (value === "" ? key : `${key}=${value}`)) } };
}
