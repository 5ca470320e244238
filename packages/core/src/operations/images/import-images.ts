import { addAbortSignal } from "node:stream";
import { isK3dError, K3dError, throwIfAborted, toK3dError } from "../../errors/index.js";
import type { NodeView } from "../../node/views.js";
import { quietly } from "../../runtime/quietly.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { tarStream } from "./archive/tar-stream.js";
import type { ArchivedImage } from "./archive/images.js";
import type { PlatformChoice } from "./archive/layout.js";
import { engineImages, type EngineImage } from "./engine-images.js";
import { membersIn } from "./members.js";
import { hasImage } from "./node/images.js";
import { probeNode, type NodeProbe } from "./node/probe.js";
import type { ImportFailure } from "./node/receive.js";
import type {
  ImageImportOptions,
  ImageImportResult,
  ImageSource,
  NodeImages,
} from "./operations.js";
import { codeOf, isFull, type TransferSurroundings } from "./receivers.js";
import { transfer, type Load } from "./transfer.js";

type ArchiveSource = Extract<ImageSource, { kind: "archive" }>;

/** One import while it goes on. */
interface Import {
  nodes: readonly NodeView[];
  results: ReadonlyMap<string, NodeImages>;
  failures: ImportFailure[];
  /** Sources that could not be used. */
  refused: K3dError[];
  /** What the nodes told, until the first archive is written to them. */
  probes: readonly NodeProbe[] | undefined;
  surroundings: TransferSurroundings;
}

/** What the engine and the nodes have before an import. */
export interface Survey {
  members: readonly NodeView[];
  /** Those of the members that run. */
  nodes: readonly NodeView[];
  /** The images that are named. */
  images: readonly EngineImage[];
  probes: readonly NodeProbe[];
}

/**
 * Asks the engine and the nodes at the same time, and changes nothing.
 *
 * @param all nodes of all clusters.
 * @throws `NOT_FOUND` (cluster), `IMAGE_NOT_FOUND`, `INVALID_INPUT`, `CONTAINER_FAILED`.
 */
export async function survey(
  clusters: readonly string[],
  all: Promise<readonly NodeView[]>,
  sources: readonly ImageSource[],
  { runtime, signal }: TransferSurroundings,
): Promise<Survey> {
  const references = sources.flatMap((source) => (source.kind === "image" ? source.reference : []));
  const searched = engineImages(runtime, [...new Set(references)], { signal });
  const ids = searched.then((images) => images.map(({ id }) => id));
  ids.catch(() => {});
  const members = membersIn(await all, clusters);
  const nodes = members.filter(({ status }) => status === "running");
  const options = { signal, ...(references.length > 0 ? { ids } : {}) };
  const probed = Promise.all(nodes.map((node) => probeNode(runtime, node, options)));
  probed.catch(() => {});
  return { members, nodes, images: await searched, probes: await probed };
}

/** See `ClusterImageOperations.import`. */
export async function importImages(
  surveyed: Promise<Survey>,
  sources: readonly ImageSource[],
  options: ImageImportOptions,
  surroundings: TransferSurroundings,
): Promise<ImageImportResult> {
  const { runtime, signal } = surroundings;
  const archives = sources.filter((source) => source.kind === "archive");
  checkPlatform(options);
  const { members, nodes, images, probes } = await surveyed;
  const work: Import = {
    nodes,
    results: new Map(nodes.map((node) => [node.name, emptyResult(node)])),
    failures: members
      .filter((node) => !nodes.includes(node))
      .map(({ name, status }): ImportFailure => ({ node: name, reason: `it is ${status}` })),
    refused: [],
    probes,
    surroundings,
  };
  for (const batch of batches(images, probes, work)) {
    const own = engineLoad(runtime, batch.images, options, signal);
    await send({ ...own, ...commonPart(options, surroundings) }, batch.receivers, work);
  }
  for (const archive of archives) {
    const own = archiveLoad(archive, surroundings);
    await send({ ...own, ...commonPart(options, surroundings) }, nodes, work);
  }
  const result = { nodes: [...work.results.values()] };
  if (work.failures.length > 0 || work.refused.length > 0)
    throw importFailed(work, members, result);
  return result;
}

/** @throws `CONFLICTING_OPTIONS`, `INVALID_INPUT`. */
function checkPlatform({ platform, allPlatforms = false }: ImageImportOptions): void {
  if (platform === undefined) return;
  if (allPlatforms) {
    throw new K3dError("CONFLICTING_OPTIONS", "One platform and all platforms exclude each other");
  }
  if (/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9.]+)?$/.test(platform)) return;
  throw new K3dError("INVALID_INPUT", `${JSON.stringify(platform)} is not a platform`, {
    hint: "Write it as OS/ARCHITECTURE[/VARIANT], e.g. linux/arm64",
  });
}

async function platformChoice(
  runtime: ContainerRuntime,
  { platform, allPlatforms = false }: ImageImportOptions,
  signal: AbortSignal,
): Promise<PlatformChoice> {
  if (allPlatforms) return { all: true };
  if (platform !== undefined) return { only: platform };
  const { os, architecture } = await runtime.info({ signal });
  return { machine: `${os}/${architecture}` };
}

/** Images for the same nodes share an archive, and it their layers. */
function batches(
  images: readonly EngineImage[],
  probes: readonly NodeProbe[],
  { results }: Import,
): { images: EngineImage[]; receivers: NodeView[] }[] {
  const wanting = new Map(
    images.map((image) => [
      image,
      probes.flatMap(({ node, images: present }) => {
        const isThere = hasImage(present, image);
        if (isThere) results.get(node.name)?.present.push(...image.names);
        return isThere ? [] : node;
      }),
    ]),
  );
  const namesOf = (image: EngineImage): string =>
    (wanting.get(image) ?? []).map(({ name }) => name).join(" ");
  const groups = Map.groupBy(images.filter(namesOf), namesOf);
  return [...groups.values()].map((batch) => ({
    images: batch,
    receivers: wanting.get(batch[0] as EngineImage) ?? [],
  }));
}

type CommonPart = Pick<Load, "platform" | "flags" | "mode" | "keepTarball">;
type OwnPart = Omit<Load, keyof CommonPart>;

function commonPart(
  options: ImageImportOptions,
  { runtime, signal }: TransferSurroundings,
): CommonPart {
  const platform = platformChoice(runtime, options, signal);
  // Whoever reads the archive tells its failure.
  platform.catch(() => {});
  return {
    platform,
    flags: importFlags(options),
    mode: options.mode ?? "auto",
    keepTarball: options.keepTarball ?? false,
  };
}

function importFlags({ platform, allPlatforms = false }: ImageImportOptions): string[] {
  if (allPlatforms) return ["--all-platforms"];
  return platform === undefined ? [] : ["--platform", platform];
}

function engineLoad(
  runtime: ContainerRuntime,
  images: readonly EngineImage[],
  { platform, allPlatforms = false }: ImageImportOptions,
  signal: AbortSignal,
): OwnPart {
  const platforms = new Set(images.map((image) => image.platform));
  const [own] = platforms.size === 1 ? platforms : [];
  const wanted = allPlatforms ? undefined : (platform ?? own);
  return {
    title: listed(images.flatMap(({ names }) => names)),
    name: `of ${runtime.name}`,
    canReopen: true,
    size: images.reduce((sum, image) => sum + image.size, 0),
    open: () =>
      runtime.images.save(
        images.map(({ saved }) => saved),
        { signal, platform: wanted },
      ),
    namesOf: (image) =>
      images.find((candidate) => isSame(candidate, image))?.names ?? onlyOne(images),
  };
}

/** An engine's id is the digest of a configuration, of a manifest, or of an index. */
function isSame({ id, saved }: EngineImage, { target, platforms, names }: ArchivedImage): boolean {
  if (id === target.digest || names.includes(saved)) return true;
  return platforms.some(({ config, manifest }) => [config.digest, manifest.digest].includes(id));
}

/** An archive of one image holds that one, by whatever digest. */
function onlyOne(images: readonly EngineImage[]): string[] {
  const [image, ...others] = images;
  return image !== undefined && others.length === 0 ? image.names : [];
}

function archiveLoad(source: ArchiveSource, { signal }: TransferSurroundings): OwnPart {
  return {
    title: source.name,
    name: source.name,
    canReopen: source.canReopen ?? false,
    size: source.size,
    open: async () => {
      // Cut off between two readers, nobody else listens to its error.
      const raw = quietly(addAbortSignal(signal, await source.open()));
      return quietly(await tarStream(raw, source.name));
    },
    namesOf: ({ names }) => names,
  };
}

/** One source's failure does not keep the others from being imported. */
async function send(load: Load, receivers: readonly NodeView[], work: Import): Promise<void> {
  const { signal } = work.surroundings;
  const known = work.probes?.filter(({ node }) => receivers.includes(node));
  work.probes = undefined;
  try {
    const { names, failures, sent } = await transfer(load, receivers, work.surroundings, known);
    work.failures.push(...failures);
    for (const { name } of receivers) {
      const result = work.results.get(name);
      if (result === undefined) continue;
      result.sent += sent.get(name) ?? 0;
      if (!failures.some(({ node }) => node === name)) result.imported.push(...names);
    }
  } catch (error) {
    throwIfAborted(signal);
    if (isK3dError(error, "ABORTED", "RUNTIME_UNAVAILABLE")) throw error;
    work.refused.push(toK3dError(error));
  }
}

function emptyResult({ name, cluster = "" }: NodeView): NodeImages {
  return { node: name, cluster, imported: [], present: [], sent: 0 };
}

function importFailed(
  { failures, refused }: Import,
  members: readonly NodeView[],
  { nodes: results }: ImageImportResult,
): K3dError {
  const details = { failures, nodes: results };
  const [first, ...others] = refused;
  if (failures.length === 0 && first !== undefined) {
    const message = [first, ...others].map((error) => error.message).join("; ");
    return new K3dError(first.code, message, {
      hint: first.hint,
      cause: first,
      details: { ...first.details, ...details },
    });
  }
  const nodes = new Set(failures.map(({ node }) => node));
  // Mostly all nodes have the same to say.
  const reasons = [...Map.groupBy(failures, ({ reason }) => reason)].map(
    ([reason, all]) => `${[...new Set(all.map(({ node }) => node))].join(", ")}: ${reason}`,
  );
  const told = [...reasons, ...refused.map(({ message }) => message)].join("; ");
  const code =
    failures.some(isFull) || failures.every(({ exitCode }) => exitCode === undefined)
      ? codeOf(failures.find(isFull) ?? (failures[0] as ImportFailure))
      : "COMMAND_FAILED";
  const hasOthers = nodes.size < members.length && refused.length === 0;
  return new K3dError(
    code,
    `Importing failed on ${nodes.size} of ${counted(members.length, "node")}: ${told}`,
    {
      details,
      ...(hasOthers
        ? { hint: "The others have everything; run the same command again for these." }
        : {}),
    },
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? counted(names.length, "image") : names.join(", ");
}
