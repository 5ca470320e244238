/** What happens to a cluster and can be taken part in. */
export const LIFECYCLE_OPERATIONS = ["create", "start", "stop", "delete", "import"] as const;

export type LifecycleOperation = (typeof LIFECYCLE_OPERATIONS)[number];

/** A moment in the life of a cluster: `import` is that of images. */
export type HookMoment = `${"before" | "after"}-${LifecycleOperation}`;

export const HOOK_MOMENTS: readonly HookMoment[] = LIFECYCLE_OPERATIONS.flatMap(
  (operation) => [`before-${operation}`, `after-${operation}`] as const,
);

/** Moments in which there are nodes that run. */
export const NODE_MOMENTS: readonly HookMoment[] = [
  "after-create",
  "after-start",
  "before-stop",
  "before-delete",
  "before-import",
  "after-import",
];
