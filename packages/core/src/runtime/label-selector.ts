import type { LabelSelector } from "./common.js";

/** Whether `labels` has every entry of `selector`. */
export function matchesSelector(
  labels: Readonly<Record<string, string>>,
  selector: LabelSelector,
): boolean {
  return Object.entries(selector).every(([key, value]) =>
    value === "" ? Object.hasOwn(labels, key) : labels[key] === value,
  );
}

/** A selector as values of the engines' `label` filter: `key=value`, or `key` for any value. */
export function labelFilters(selector: LabelSelector): string[] {
  return Object.entries(selector).map(([key, value]) => (value === "" ? key : `${key}=${value}`));
}
