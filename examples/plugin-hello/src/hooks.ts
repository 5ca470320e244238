import type { LifecycleHooks } from "@k3d/core";

/** What this plug-in does at moments in the life of clusters. */
export default {
  /** Whoever says hello does not begin with a goodbye. */
  beforeCreate({ cluster }) {
    if (cluster !== "goodbye") return undefined;
    return { refuse: "no cluster begins with a goodbye", hint: "Choose a friendlier name." };
  },
} satisfies LifecycleHooks;
