import type { EventSink } from "../../events/index.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { Clock } from "../../model/clock.js";
import type { CoreSettings } from "../../observe/settings.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { OperationOptions } from "../options.js";
import { importImages } from "./import-images.js";
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
  constructor(
    @inject(TOKENS.runtime) private readonly runtime: ContainerRuntime,
    @inject(TOKENS.events) private readonly events: EventSink,
    @inject(TOKENS.clock) private readonly clock: Clock,
    @inject(TOKENS.settings) private readonly settings: Pick<CoreSettings, "process">,
  ) {}

  import(
    clusters: readonly string[],
    sources: readonly ImageSource[],
    options: ImageImportOptions = {},
  ): Promise<ImageImportResult> {
    const { runtime, events, clock, settings } = this;
    const { signal = new AbortController().signal } = options;
    const owner = settings.process;
    return importImages(clusters, sources, options, { runtime, events, clock, owner, signal });
  }

  list(clusters: readonly string[], options: OperationOptions = {}): Promise<NodeImage[]> {
    return listImages(this.runtime, clusters, options);
  }

  remove(
    clusters: readonly string[],
    references: readonly string[],
    options: ImageRemoveOptions = {},
  ): Promise<NodeImage[]> {
    return removeImages(this.runtime, clusters, references, options);
  }

  prune(clusters: readonly string[], options: ImagePruneOptions = {}): Promise<NodeImage[]> {
    return pruneImages(this.runtime, clusters, options);
  }
}
