import type { OutputChunk } from "rolldown";

/** What scripts and prompts call all the time. */
const LIGHT = ["commands/cluster/list", "commands/node/list", "runtimes/docker"];

/** What these load together, by the names in chunk-groups.ts. */
const SHARED = new Set(["rolldown-runtime", "builtins", "main", "start", "connected"]);

/**
 * Sees to it that one import does not make every list load all that creates clusters: a chunk is loaded whole, and 200 kB
 * of code cost a start 3 ms.
 *
 * @throws when one of these entries loads another chunk at its start
 */
export function assertLight(chunks: readonly OutputChunk[]): void {
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  for (const entry of LIGHT) {
    const chunk = chunks.find(({ name }) => name === entry);
    if (chunk === undefined) throw new Error(`There is no ${entry}: update light-entries.ts`);
    for (const file of loadedWith(chunk, byFile)) {
      const { name } = byFile.get(file) ?? { name: file };
      if (name !== entry && !SHARED.has(name)) {
        throw new Error(
          `${entry} loads ${file}: put what it needs of that into a group of chunk-groups.ts`,
        );
      }
    }
  }
}

function loadedWith(
  { fileName, imports }: OutputChunk,
  byFile: ReadonlyMap<string, OutputChunk>,
  found = new Set<string>(),
): Set<string> {
  if (found.has(fileName)) return found;
  found.add(fileName);
  for (const file of imports) {
    const chunk = byFile.get(file);
    if (chunk !== undefined) loadedWith(chunk, byFile, found);
  }
  return found;
}
