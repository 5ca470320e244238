import { addAbortSignal } from "node:stream";
import { listNodes } from "../../observe/nodes.js";
import { K3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import { runSteps } from "../../steps/graph.js";
import { type StepContext } from "../../events/step-context.js";
import { formatBytes } from "../../model/bytes.js";
import type { NodeView } from "../../node/views.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { OperationOptions } from "../options.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import { archiveError, tarStream } from "./archive-stream.js";
import { engineImages, type EngineImage } from "./engine-images.js";
import { importArchive, type ImportFailure } from "./import-archive.js";
import { hasImage, nodeImages } from "./node-images.js";
import type {
  ClusterImageOperations,
  ImageImportResult,
  ImageSource,
  NodeImages,
} from "./operations.js";

const MEGABYTE = 1_000_000;

type ArchiveSource = Extract<ImageSource, { kind: "archive" }>;

/** One import while it goes on. */
interface Import {
  nodes: readonly NodeView[];
  results: ReadonlyMap<string, NodeImages>;
  failures: ImportFailure[];
  context: StepContext;
}

/** Images of clusters on one runtime. */
@injectable()
export class ImageService implements ClusterImageOperations {
  constructor(
    @inject(TOKENS.runtime) private readonly runtime: ContainerRuntime,
    @inject(TOKENS.events) private readonly events: EventSink,
    @inject(TOKENS.clock) private readonly clock: Clock,
  ) {}

  async import(
    clusters: readonly string[],
    sources: readonly ImageSource[],
    { signal }: OperationOptions = {},
  ): Promise<ImageImportResult> {
    const options = signal === undefined ? {} : { signal };
    const members = await this.membersOf(clusters, options);
    const references = sources.flatMap((source) =>
      source.kind === "image" ? source.reference : [],
    );
    const archives = sources.filter((source) => source.kind === "archive");
    const images = await engineImages(this.runtime, [...new Set(references)], options);
    const nodes = members.filter(({ status }) => status === "running");
    const results = new Map(nodes.map((node) => [node.name, emptyResult(node)]));
    const failures = members
      .filter((node) => !nodes.includes(node))
      .map(({ name, status }): ImportFailure => ({ node: name, reason: `it is ${status}` }));
    const run = async (context: StepContext): Promise<void> => {
      const work = { nodes, results, failures, context };
      if (images.length > 0) await this.importImages(images, work);
      for (const archive of archives) await this.importFile(archive, work);
      if (failures.length > 0) throw importFailed(failures, members);
    };
    const names = [...images.flatMap((image) => image.names), ...archives.map(({ name }) => name)];
    const title = `Import ${listed(names)} into ${counted(members.length, "node")}`;
    await runSteps([{ id: "image:import", title, run }], {
      events: this.events,
      clock: this.clock,
      rollback: false,
      ...options,
    });
    return { nodes: [...results.values()] };
  }

  private async membersOf(
    clusters: readonly string[],
    options: OperationOptions,
  ): Promise<NodeView[]> {
    const all = await listNodes(this.runtime, options);
    return clusters.flatMap((cluster) => {
      const own = all.filter((node) => node.cluster === cluster);
      if (own.length === 0) {
        throw new K3dError("NOT_FOUND", `Cluster '${cluster}' does not exist`, {
          hint: "See what there is with: k3d cluster list",
        });
      }
      const members = own.filter(({ role }) => role === "server" || role === "agent");
      if (members.some(({ status }) => status === "running")) return members;
      throw new K3dError("CONTAINER_FAILED", `No node of cluster '${cluster}' is running`, {
        hint: `Start it with: k3d cluster start ${cluster}`,
      });
    });
  }

  private async importImages(images: readonly EngineImage[], work: Import): Promise<void> {
    const { nodes, results, context } = work;
    const { signal } = context;
    const wanting = new Map<EngineImage, NodeView[]>(images.map((image) => [image, []]));
    await Promise.all(
      nodes.map(async (node) => {
        const present = await nodeImages(this.runtime, node, { signal });
        for (const image of images) {
          if (hasImage(present, image)) results.get(node.name)?.present.push(...image.names);
          else wanting.get(image)?.push(node);
        }
      }),
    );
    // Images for the same nodes share an archive, and it their layers.
    const batches = Map.groupBy(
      images.filter((image) => wanting.get(image)?.length),
      (image) =>
        wanting
          .get(image)
          ?.map(({ name }) => name)
          .toSorted()
          .join(" "),
    );
    for (const batch of batches.values()) {
      const receivers = wanting.get(batch[0] as EngineImage) ?? [];
      const names = batch.flatMap((image) => image.names);
      const platforms = new Set(batch.map(({ platform }) => platform));
      const [platform] = platforms;
      const archive = await this.runtime.images.save(names, {
        signal,
        ...(platforms.size === 1 && platform !== undefined ? { platform } : {}),
      });
      const size = batch.reduce((sum, image) => sum + image.size, 0);
      const failures = await importArchive(this.runtime, archive, receivers, {
        signal,
        onBytes: byteProgress(context, size),
      });
      note(work, receivers, failures, names);
    }
  }

  private async importFile(source: ArchiveSource, work: Import): Promise<void> {
    const { nodes, context } = work;
    const { signal } = context;
    const raw = addAbortSignal(signal, await source.open());
    const archive = await tarStream(raw, source.name);
    try {
      const failures = await importArchive(this.runtime, archive, nodes, {
        signal,
        // What is unpacked on the way has another size, which nobody knows yet.
        onBytes: byteProgress(context, archive === raw ? source.size : undefined),
      });
      note(work, nodes, failures, [source.name]);
    } catch (error) {
      throw archiveError(error, source.name);
    }
  }
}

function emptyResult({ name, cluster = "" }: NodeView): NodeImages {
  return { node: name, cluster, imported: [], present: [] };
}

function note(
  { results, failures }: Import,
  nodes: readonly NodeView[],
  failed: readonly ImportFailure[],
  names: readonly string[],
): void {
  failures.push(...failed);
  for (const { name } of nodes) {
    if (!failed.some(({ node }) => node === name)) results.get(name)?.imported.push(...names);
  }
}

function importFailed(failures: readonly ImportFailure[], members: readonly NodeView[]): K3dError {
  const nodes = new Set(failures.map(({ node }) => node));
  // Mostly all nodes have the same to say.
  const reasons = [...Map.groupBy(failures, ({ reason }) => reason)].map(
    ([reason, all]) => `${[...new Set(all.map(({ node }) => node))].join(", ")}: ${reason}`,
  );
  const isFull = failures.some(({ stderr = "" }) => /no space left on device/i.test(stderr));
  const areStopped = failures.every(({ exitCode }) => exitCode === undefined);
  const code = isFull ? "NO_SPACE" : areStopped ? "CONTAINER_FAILED" : "COMMAND_FAILED";
  return new K3dError(
    code,
    `Importing failed on ${nodes.size} of ${counted(members.length, "node")}: ${reasons.join("; ")}`,
    {
      details: { failures },
      ...(nodes.size < members.length
        ? { hint: "The others have everything; run the same command again for these." }
        : {}),
    },
  );
}

/** Tells how far it is, about a hundred times. */
function byteProgress(context: StepContext, size: number | undefined): (bytes: number) => void {
  const interval = Math.max((size ?? 0) / 100, MEGABYTE);
  let told = 0;
  return (bytes) => {
    if (bytes - told < interval) return;
    told = bytes;
    if (size === undefined) return context.progress(formatBytes(bytes), bytes);
    const total = Math.max(bytes, size);
    context.progress(`${formatBytes(bytes)} of ${formatBytes(total)}`, bytes, total);
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? counted(names.length, "image") : names.join(", ");
}
