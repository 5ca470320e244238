import type { ImageImportResult, NodeImages } from "@k3d/core";

/** One sentence on what was copied and what was there, for each image with its own clusters. */
export function importText({ nodes }: ImageImportResult): string {
  const imported = clustersByImage(nodes, ({ imported: names }) => names);
  const present = clustersByImage(nodes, ({ present: names }) => names);
  for (const [name, clusters] of imported) {
    for (const cluster of clusters) present.get(name)?.delete(cluster);
  }
  const done = byClusters(imported).map((part) => `imported into ${part}`);
  const there = byClusters(present).map((part) => `already in ${part}`);
  const text = [...done, ...there].join("; ");
  return done.length === 0 ? `Nothing to import: ${text}` : text.replace(/^imported/, "Imported");
}

function clustersByImage(
  nodes: readonly NodeImages[],
  namesOf: (node: NodeImages) => readonly string[],
): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const node of nodes) {
    for (const name of namesOf(node))
      result.set(name, (result.get(name) ?? new Set()).add(node.cluster));
  }
  return result;
}

/** `CLUSTERS: IMAGES` for each set of clusters. */
function byClusters(images: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const some = [...images].filter(([, clusters]) => clusters.size > 0);
  return [...Map.groupBy(some, ([, clusters]) => [...clusters].join(", "))].map(
    ([clusters, members]) => `${clusters}: ${members.map(([name]) => name).join(", ")}`,
  );
}
