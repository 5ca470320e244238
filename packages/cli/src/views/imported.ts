import type { ImageImportResult } from "@k3d/core";

/** One sentence on what was copied and what was there. */
export function importText({ nodes }: ImageImportResult): string {
  const imported = new Set(nodes.flatMap((node) => node.imported));
  const present = [...new Set(nodes.flatMap((node) => node.present))].filter(
    (name) => !imported.has(name),
  );
  const clusters = [...new Set(nodes.map(({ cluster }) => cluster))].join(", ");
  const there = present.length > 0 ? `already in ${clusters}: ${present.join(", ")}` : "";
  if (imported.size === 0) return `Nothing to import: ${there}`;
  const done = `Imported into ${clusters}: ${[...imported].join(", ")}`;
  return there === "" ? done : `${done}; ${there}`;
}
