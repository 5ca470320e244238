import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { NodeView } from "../../node/views.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import type { Collaborators } from "../../steps/world.js";
import { withHooks } from "../lifecycle/index.js";
import type { OperationOptions } from "../options.js";
import { importImages, survey, type Survey } from "./import-images.js";
import type {
  ClusterImageOperations,
  ImageImportOptions,
  ImageImportResult,
  ImagePruneOptions,
  ImageRemoveOptions,
  ImageSource,
  NodeImage,
} from "./operations.js";
import { listImages, pruneImages, removeImages } from "./remove-images.js";

/** Images of clusters on one runtime. */
@injectable()
export class ImageService implements ClusterImageOperations {
  constructor(@inject(TOKENS.collaborators) private readonly deps: Collaborators) {}

  async import(
    clusters: readonly string[],
    sources: readonly ImageSource[],
    options: ImageImportOptions = {},
  ): Promise<ImageImportResult> {
    const { runtime, events, clock, settings } = this.deps;
    const { signal = new AbortController().signal } = options;
    const surroundings = { runtime, events, clock, owner: settings.process, signal };
    const look = (nodes: Promise<NodeView[]>): Promise<Survey> =>
      survey(clusters, nodes, sources, surroundings);
    const nodes = listNodes(runtime, { signal });
    // While it is found out whether there are hooks.
    const early = look(nodes);
    early.catch(() => {});
    const views = clusterViews(await nodes);
    const images = sources.map((source) =>
      source.kind === "image" ? source.reference : source.name,
    );
    // Hooks may start and stop nodes.
    let work = (isAltered = false): Promise<ImageImportResult> => {
      const surveyed = isAltered ? look(listNodes(runtime, { signal })) : early;
      return importImages(surveyed, sources, options, surroundings);
    };
    // A cluster that is not there is for the import to tell.
    for (const view of views.filter(({ name }) => clusters.includes(name)).toReversed()) {
      const inner = work;
      const own = { signal, hooks: options.hooksOf?.(view.name) };
      work = (isAltered = false) =>
        withHooks("import", view, this.deps, own, (hooksRan) => inner(isAltered || hooksRan), {
          before: { images },
        });
    }
    return work();
  }

  list(clusters: readonly string[], options: OperationOptions = {}): Promise<NodeImage[]> {
    return listImages(this.deps.runtime, clusters, options);
  }

  remove(
    clusters: readonly string[],
    references: readonly string[],
    options: ImageRemoveOptions = {},
  ): Promise<NodeImage[]> {
    return removeImages(this.deps.runtime, clusters, references, options);
  }

  prune(clusters: readonly string[], options: ImagePruneOptions = {}): Promise<NodeImage[]> {
    return pruneImages(this.deps.runtime, clusters, options);
  }
}
