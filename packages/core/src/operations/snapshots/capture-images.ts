import { text } from "node:stream/consumers";
import { writeFile } from "node:fs/promises";
import { K3dError, isK3dError } from "../../errors/index.js";
import type { StepContext } from "../../events/index.js";
import type { ObservedNode } from "../../plan/observed.js";
import type { Collaborators } from "../../steps/world.js";
import { BlobDirectory } from "../bundles/blob-directory.js";
import { ANNOTATIONS, FILES, type Descriptor } from "../images/archive/documents.js";
import { imagesOf, type ArchivedImage } from "../images/archive/images.js";
import { readArchive } from "../images/archive/read.js";
import { criImages } from "../images/node/images.js";
import { blobPath } from "./blobs.js";
import type { SnapshotDocument } from "./document.js";
import { toNoSpace } from "./full-disk.js";

/**
 * Writes the images of all nodes into a layout, each content once, and their names into the document.
 * An image that its node cannot hand out is left out with a warning: it has to be pulled again.
 *
 * @returns what the layout's index says of them.
 */
export async function saveImages(
  nodes: readonly ObservedNode[],
  document: SnapshotDocument,
  deps: Collaborators,
  layout: string,
  context: StepContext,
): Promise<Descriptor[]> {
  const { runtime, events } = deps;
  const { signal, progress } = context;
  const known = new Set<string>();
  const descriptors: Descriptor[] = [];
  for (const node of nodes) {
    const images = await criImages(runtime, node, { signal });
    const groups = images.flatMap(({ repoTags, repoDigests }) => {
      const names = [...(repoTags ?? []), ...(repoDigests ?? [])].filter(
        (name) => !known.has(name),
      );
      return names.length === 0 ? [] : [names];
    });
    progress(`${groups.length} images of ${node.name}`);
    for (const names of groups) {
      for (const name of names) known.add(name);
      try {
        descriptors.push(...(await saveImage(node, names, document, deps, layout, signal)));
        document.images.push(...names);
      } catch (error) {
        if (!isK3dError(error, "COMMAND_FAILED", "INVALID_INPUT")) throw toNoSpace(error, layout);
        events.emit({
          type: "warning",
          message: `Image '${names[0] ?? ""}' is not in the snapshot: ${error.message}`,
          hint: "Restored nodes pull it again when a pod needs it.",
        });
      }
    }
  }
  document.images.sort();
  return descriptors;
}

async function saveImage(
  node: ObservedNode,
  names: readonly string[],
  { architecture }: SnapshotDocument,
  { runtime }: Collaborators,
  layout: string,
  signal: AbortSignal,
): Promise<Descriptor[]> {
  const args = ["ctr", "--namespace", "k8s.io", "images", "export"];
  const running = await runtime.containers.exec(node.id, {
    args: [...args, "--platform", `linux/${architecture}`, "-", ...names],
    signal,
  });
  const blobs = await BlobDirectory.in(layout);
  const told = Promise.all([text(running.stderr), running.exitCode]);
  told.catch(() => {});
  const contents = await readArchive(running.stdout, [blobs], {
    name: `of ${node.name}`,
    signal,
    canReopen: false,
  }).catch((error: unknown) => error as Error);
  // What we cannot write is no failure of the node's.
  if (contents instanceof Error && !isK3dError(contents)) throw contents;
  const [stderr, exitCode] = await told;
  if (exitCode !== 0) {
    throw new K3dError("COMMAND_FAILED", stderr.trim() || `ctr ended with ${exitCode}`, {
      details: { command: [...args, ...names], exitCode, stderr },
    });
  }
  if (contents instanceof Error) throw contents;
  const top = new Set(Object.values(FILES).map((file) => contents.file(file)?.digest));
  for (const [digest, content] of contents.documents()) {
    if (!top.has(digest)) await writeFile(blobPath(layout, digest), content, { mode: 0o600 });
  }
  return imagesOf(contents).flatMap((image) => {
    const target = wholeTarget(image);
    const parts = image.platforms.flatMap(({ config, layers }) => [config, ...layers]);
    const lacked = parts.find(({ digest }) => !contents.has(digest));
    if (lacked !== undefined) throw contents.incomplete(`blob ${lacked.digest}`);
    return image.names.map((full) => ({
      ...target,
      annotations: { [ANNOTATIONS.containerdName]: full },
    }));
  });
}

/** k3s refuses an index that names what is not there: then the one manifest stands for the image. */
function wholeTarget({ target, platforms, isPartial }: ArchivedImage): Descriptor {
  const [only] = platforms;
  return isPartial && only !== undefined ? only.manifest : target;
}
