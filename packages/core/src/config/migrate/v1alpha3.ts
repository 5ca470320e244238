import type { Migration } from "./step.js";

/** v1alpha3 → v1alpha4: the name moves to `metadata`. */
export const fromV1alpha3: Migration = {
  from: "k3d.io/v1alpha3",
  to: "k3d.io/v1alpha4",
  migrate({ name, ...rest }) {
    const metadata = name === undefined ? {} : { metadata: { name } };
    return {
      config: { ...rest, ...metadata, apiVersion: "k3d.io/v1alpha4" },
      moves: [{ from: "name", to: "metadata.name" }],
    };
  },
};
