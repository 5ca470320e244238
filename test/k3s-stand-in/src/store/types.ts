/** A Kubernetes object as it is stored: without `resourceVersion`, which is the revision of its last write. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { uid: string; kind: string; name: string; apiVersion: string }[];
  managedFields?: unknown[];
  generateName?: string;
}

/** A write. `expect` is the revision that the key must have; 0 means that it must not exist. */
export type Operation =
  | { type: "put"; key: string; value: KubeObject; expect?: number }
  | { type: "delete"; key: string; expect?: number };

/** What a write did: `revision` is the store's revision after it, `current` the key's revision when it was refused. */
export type Outcome = { ok: true; revision: number } | { ok: false; current: number };

export interface Entry {
  value: KubeObject;
  /** Revision of the last write to this key. */
  revision: number;
}

export interface StoreEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  key: string;
  revision: number;
  value: KubeObject;
  /** Value before, for ADDED undefined. */
  previous: KubeObject | undefined;
}

/** Raised when the datastore cannot take the request now: no quorum, or no answer in time. */
export class DatastoreUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DatastoreUnavailable";
  }
}

/** A replicated or local key-value store with revisions and watches. */
export interface Datastore {
  readonly state: StateReader;
  /** Whether reads and writes can be served now. */
  healthy(): boolean;
  /** Applies a write; it is visible in `state` when this resolves. Throws DatastoreUnavailable. */
  propose(operation: Operation): Promise<Outcome>;
  /** Resolves when `state` holds every write that was acknowledged before the call. Throws DatastoreUnavailable. */
  barrier(): Promise<void>;
  close(): Promise<void>;
}

export interface StateReader {
  readonly revision: number;
  get(key: string): Entry | undefined;
  /** Entries whose key starts with `prefix`, in key order. */
  list(prefix: string): { key: string; entry: Entry }[];
  /**
   * Calls `listener` for every event under `prefix` after `since`, first the
   * remembered ones; returns the way to stop. Throws RangeError when `since` is
   * older than what is remembered.
   */
  watch(prefix: string, since: number, listener: (event: StoreEvent) => void): () => void;
}
