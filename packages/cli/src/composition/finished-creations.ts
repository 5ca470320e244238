import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FinishedCreations } from "@k3d/core";

/** Bytes from which on the file begins anew: some two hundred clusters. */
const MAX_BYTES = 32_768;

/** As k3d makes them; nothing else of a label comes into the file. */
const CREATION = /^[0-9a-f-]{36}@[\w.:-]{1,120} [\w.-]{1,128}$/;

/**
 * Keeps them in a file of the user's cache, a line each. It can be lost at any time, and two commands
 * may write at once: who is not in it is asked for.
 *
 * @param cacheDir nobody else may write there
 */
export function finishedCreations(cacheDir: string): FinishedCreations {
  const path = join(cacheDir, "created-clusters");
  let known: Set<string> | undefined;
  const read = (): Set<string> => {
    try {
      return new Set(
        readFileSync(path, "utf8")
          .split("\n")
          .filter((line) => CREATION.test(line)),
      );
    } catch {
      return new Set();
    }
  };
  return {
    has: (creation) => (known ??= read()).has(creation),
    add(creation) {
      known ??= read();
      if (known.has(creation) || !CREATION.test(creation)) return;
      known.add(creation);
      const line = `${creation}\n`;
      try {
        if ([...known].join("\n").length < MAX_BYTES) appendFileSync(path, line, { mode: 0o600 });
        else writeFileSync(path, line, { mode: 0o600 });
      } catch {
        // The next list asks again.
      }
    },
  };
}
