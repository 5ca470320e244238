import type { Migration } from "./step.js";

/** v1alpha4 → v1alpha5: all fields keep their meaning, new ones were added. */
export const fromV1alpha4: Migration = {
  from: "k3d.io/v1alpha4",
  to: "k3d.io/v1alpha5",
  migrate: (config) => ({ config: { ...config, apiVersion: "k3d.io/v1alpha5" }, moves: [] }),
};
