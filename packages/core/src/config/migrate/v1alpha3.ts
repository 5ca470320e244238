import type { Migration } from "./step.js";

/** v1alpha3 → v1alpha4: the name moves to `metadata`. */
export const fromV1alpha3: Migration = {
  from: "k3d.io/v1alpha3",
  to: "k3d.io/v1alpha4",
  migrate: (config) => ({
    config: Object.fromEntries(
      Object.entries(config).map(([key, value]) => {
        if (key === "apiVersion") return [key, "k3d.io/v1alpha4"];
        return key === "name" ? ["metadata", { name: value }] : [key, value];
      }),
    ),
    moves: [
      { from: "name", to: "metadata" },
      { from: "name", to: "metadata.name" },
    ],
  }),
};
