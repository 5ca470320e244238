import { labelFilters, type LabelSelector } from "@k3d/core/runtime";

/** The engine's `filters` parameter for a label selector; nothing for an empty one. */
export function filters(labels: LabelSelector = {}): { filters?: { label: string[] } } {
  const label = labelFilters(labels);
  return label.length === 0 ? {} : { filters: { label } };
}
