import { formatBytes, type NodeImage } from "@k3d/core";
import { renderTable } from "@k3d/plugin-kit";

const SHORT_ID = 12;

/** A line for each image of each node. */
export function imageTable(
  images: readonly NodeImage[],
  { headers, wide }: { headers: boolean; wide: boolean },
): string {
  const header = ["NODE", "IMAGE", "ID", "SIZE", "IN USE", ...(wide ? ["DIGESTS"] : [])];
  const rows = images.map((image) => [
    image.node,
    image.names.join(", ") || image.digests[0] || "<none>",
    wide ? image.id : image.id.replace("sha256:", "").slice(0, SHORT_ID),
    formatBytes(image.size),
    image.inUse === undefined ? "?" : image.inUse ? "yes" : "no",
    ...(wide ? [image.digests.join(", ") || "-"] : []),
  ]);
  return renderTable(headers ? header : undefined, rows);
}

/** Every name once; a digest for images without a name, and an id for those without either. */
export function imageNames(images: readonly NodeImage[]): string[] {
  const names = images.flatMap(({ names: tags, digests, id }) => {
    if (tags.length > 0) return tags;
    return digests.length > 0 ? digests : [id];
  });
  return [...new Set(names)].toSorted();
}

/** What was removed, in one sentence. */
export function removedText(images: readonly NodeImage[]): string {
  if (images.length === 0) return "There is nothing to remove";
  const nodes = new Set(images.map(({ node }) => node)).size;
  return `Removed ${imageNames(images).join(", ")} from ${nodes} node${nodes === 1 ? "" : "s"}`;
}
