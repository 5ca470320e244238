import type { ResolvedConfig } from "../config/resolved-config.js";
import type { HookMoment } from "../model/moments.js";
import type { ClusterView } from "../node/views.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** What every hook is told. */
export interface LifecyclePayload<Moment extends HookMoment = HookMoment> {
  moment: Moment;
  /** Name of the cluster. */
  cluster: string;
  /** Name of the runtime. */
  runtime: string;
}

/** Before and after a cluster is made, also from a snapshot, and by `apply` and `run`. */
export interface CreatePayload<
  Moment extends HookMoment = "before-create" | "after-create",
> extends LifecyclePayload<Moment> {
  /** A copy: changing it changes nothing. */
  config: ResolvedConfig;
}

/** The cluster as it was when the operation began. */
export interface ClusterPayload<Moment extends HookMoment> extends LifecyclePayload<Moment> {
  view: ClusterView;
}

/** After a cluster was deleted. */
export interface DeletedPayload extends LifecyclePayload<"after-delete"> {
  removed: {
    containers: string[];
    networks: string[];
    volumes: string[];
    kubeconfigEntries: string[];
  };
}

/** Before and after images get into the nodes of a cluster. */
export interface ImportPayload<
  Moment extends HookMoment = "before-import" | "after-import",
> extends ClusterPayload<Moment> {
  /** References as they were given, and names of archives. */
  images: string[];
}

/** What a hook works with. */
export interface HookContext {
  /** Aborted by Ctrl-C and by the hook's time limit: end then. */
  signal: AbortSignal;
  /** Says what is being done, in a few words. */
  progress(message: string): void;
  runtime: ContainerRuntime;
  /** The cluster's kubeconfig, as YAML; `undefined` where no server has one. */
  kubeconfig(): Promise<string | undefined>;
}

/**
 * What a hook returns to say no. Before an operation nothing is done then. After `create` what was
 * made is undone (unless rollback is off); after the others what was done stays, and the command fails.
 */
export interface Refusal {
  /** Why, for people: `the name must begin with a team`. */
  refuse: string;
  /** What to do about it. */
  hint?: string;
}

/**
 * One hook. An error that it throws is a defect of its own, of which the user is warned: the operation
 * goes on. A hook that must not be passed over catches its errors and returns a {@link Refusal}.
 */
export type LifecycleHook<Payload extends LifecyclePayload> = (
  payload: Payload,
  context: HookContext,
) => Promise<Refusal | void> | Refusal | void;

/** What a plug-in does at moments in the life of clusters; each is optional. */
export interface LifecycleHooks {
  beforeCreate?: LifecycleHook<CreatePayload<"before-create">>;
  /** The cluster is ready, as far as the user waits for it. */
  afterCreate?: LifecycleHook<CreatePayload<"after-create">>;
  beforeStart?: LifecycleHook<ClusterPayload<"before-start">>;
  afterStart?: LifecycleHook<ClusterPayload<"after-start">>;
  beforeStop?: LifecycleHook<ClusterPayload<"before-stop">>;
  afterStop?: LifecycleHook<ClusterPayload<"after-stop">>;
  beforeDelete?: LifecycleHook<ClusterPayload<"before-delete">>;
  afterDelete?: LifecycleHook<DeletedPayload>;
  beforeImport?: LifecycleHook<ImportPayload<"before-import">>;
  afterImport?: LifecycleHook<ImportPayload<"after-import">>;
}

/** What belongs to the payload of a moment, besides what every payload has. */
export type PayloadOf<Moment extends HookMoment> = Moment extends "before-create" | "after-create"
  ? CreatePayload<Moment>
  : Moment extends "after-delete"
    ? DeletedPayload
    : Moment extends "before-import" | "after-import"
      ? ImportPayload<Moment>
      : ClusterPayload<Moment>;
