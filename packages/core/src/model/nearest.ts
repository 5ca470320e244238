import { distance } from "fastest-levenshtein";

/**
 * The candidate that `word` is most likely a slip for, if any is near: at most
 * a third of its letters, and never more than three, may differ.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const found = distance(word.toLowerCase(), candidate.toLowerCase());
    if (found <= limit && (best === undefined || found < best.distance))
      best = { candidate, distance: found };
  }
  return best?.candidate;
}
