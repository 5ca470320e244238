import { basename } from "node:path";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { toK3dError } from "../../errors/index.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { Collaborators } from "../../steps/world.js";
import { createCluster } from "../clusters/create-cluster.js";
import type { ClusterCreateResult } from "../create-result.js";
import type { OperationOptions } from "../options.js";
import { exportSnapshot, importSnapshot } from "./archive.js";
import { captureCluster } from "./capture.js";
import type {
  SnapshotConfigOptions,
  SnapshotCreateOptions,
  SnapshotOperations,
  SnapshotView,
} from "./operations.js";
import { replaceCluster } from "./replace-cluster.js";
import { viewPresent } from "../clusters/observe-current.js";
import { restoredData } from "./restored-data.js";
import { readSnapshotConfig } from "./snapshot-config.js";
import { checkBlobs } from "./blobs.js";
import { SnapshotStore, type StoredSnapshot } from "./store.js";
import { checkSuits } from "./suits.js";

const NEVER = new AbortController().signal;

/** Snapshots of clusters. */
@injectable()
export class SnapshotService implements SnapshotOperations {
  readonly #store: SnapshotStore;

  constructor(@inject(TOKENS.collaborators) private readonly deps: Collaborators) {
    const { snapshotDirectory, process } = deps.settings;
    this.#store = new SnapshotStore(snapshotDirectory, process);
  }

  async create(cluster: string, options: SnapshotCreateOptions = {}): Promise<SnapshotView> {
    const { name, volumes, signal } = options;
    const request = { cluster, name, volumes };
    return viewOf(await captureCluster(request, this.deps, this.#store, { signal }));
  }

  async list(): Promise<SnapshotView[]> {
    const found = await this.#store.list((error) => {
      const { message, hint } = toK3dError(error);
      this.deps.events.emit({ type: "warning", message, hint });
    });
    return found.map(viewOf);
  }

  async config(name: string, options: SnapshotConfigOptions = {}): Promise<SimpleConfig> {
    return readSnapshotConfig(this.deps.settings.snapshotDirectory, name, options);
  }

  async delete(names: readonly string[]): Promise<string[]> {
    await this.#store.checkPresent(names);
    for (const name of names) await this.#store.delete(name);
    return [...names];
  }

  async export(name: string, path: string, options: OperationOptions = {}): Promise<SnapshotView> {
    const snapshot = await this.#store.get(name);
    const { signal = NEVER } = options;
    await checkBlobs(snapshot.layout, signal);
    await exportSnapshot(snapshot, path, signal);
    return viewOf(snapshot);
  }

  async import(
    path: string,
    { name, signal = NEVER }: OperationOptions & { name?: string } = {},
  ): Promise<SnapshotView> {
    return viewOf(await importSnapshot(path, name, this.#store, signal));
  }

  async restore(
    name: string,
    config: ResolvedConfig,
    { replace = false, signal }: OperationOptions & { replace?: boolean } = {},
  ): Promise<ClusterCreateResult> {
    const snapshot = await this.#store.get(name);
    await checkSuits(snapshot.document, config, this.deps, signal);
    const restored = restoredData(snapshot);
    const present = replace
      ? await viewPresent(config.metadata.name, this.deps, { signal })
      : undefined;
    if (present === undefined) return createCluster(config, this.deps, { signal, restored });
    // What is damaged must not be found when the old cluster has been stopped for it.
    await checkBlobs(snapshot.layout, signal ?? NEVER);
    return replaceCluster(config, present, this.deps, { signal, restored });
  }
}

function viewOf({ document, size, layout }: StoredSnapshot): SnapshotView {
  const count = (role: string): number =>
    document.nodes.filter((node) => node.role === role).length;
  const { cluster, runtime, architecture, k3sVersion, datastore, images } = document;
  return {
    name: basename(layout),
    cluster,
    created: new Date(document.created),
    runtime,
    architecture,
    k3sVersion,
    datastore,
    servers: count("server"),
    agents: count("agent"),
    images,
    volumes: [
      ...new Set(document.data.flatMap(({ kind, path }) => (kind === "volume" ? path : []))),
    ],
    size,
  };
}
