import damerauLevenshtein from "damerau-levenshtein";

/**
 * The candidate that `word` is most likely a slip for, if any is near: at most
 * a third of its letters, and never more than three, may differ. Two letters
 * in the wrong order are one slip.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return leastFar(candidates, (candidate) => slips(word, candidate));
}

/** As {@link nearest}, of names of several words: each must be near, and further words may follow. */
export function nearestPhrase(
  words: readonly string[],
  candidates: Iterable<string>,
): string | undefined {
  return leastFar(candidates, (candidate) => {
    const parts = candidate.split(" ");
    if (parts.length > words.length) return undefined;
    let sum = 0;
    for (const [index, part] of parts.entries()) {
      const found = slips(words[index] ?? "", part);
      if (found === undefined) return undefined;
      sum += found;
    }
    return sum;
  });
}

/** How many slips lead from a name to what was written; `undefined` when it is another word. */
function slips(written: string, name: string): number | undefined {
  const limit = Math.min(3, Math.max(1, Math.floor(written.length / 3)));
  if (Math.abs(written.length - name.length) > limit) return undefined;
  const { steps } = damerauLevenshtein(written.toLowerCase(), name.toLowerCase());
  return steps > limit ? undefined : steps;
}

function leastFar(
  candidates: Iterable<string>,
  distance: (candidate: string) => number | undefined,
): string | undefined {
  let best: { candidate: string; steps: number } | undefined;
  for (const candidate of candidates) {
    const steps = distance(candidate);
    if (steps !== undefined && (best === undefined || steps < best.steps))
      best = { candidate, steps };
  }
  return best?.candidate;
}
