/** A line with something on it, and the lines without anything before it. */
interface Line {
  text: string;
  /** What two lines have in common that differ in indentation, or in the space before a comment. */
  key: string;
  blanks: number;
}

/**
 * A text that was written anew, with what printing loses of the lines that stayed: how far comments
 * are from values, and how many empty lines stand between.
 *
 * Lines belong together where both texts have them once, and so do equal ones beside those.
 */
export function keepLines(source: string, written: string): string {
  const before = linesOf(source);
  const after = linesOf(written);
  const origins = match(before, after);
  const blanksAt = (at: number): number => {
    const own = after[at]?.blanks ?? 0;
    const previous = at === 0 ? -1 : origins[at - 1];
    const follows = previous === undefined ? undefined : before[previous + 1];
    if (own === 0 && follows?.key !== after[at]?.key) return 0;
    return before[origins[at] ?? -1]?.blanks ?? Math.max(own, follows?.blanks ?? 0);
  };
  const lines = after.flatMap((line, at) => {
    const origin = before[origins[at] ?? -1];
    const indent = /^\s*/.exec(line.text)?.[0] ?? "";
    return [
      ...Array.from<string>({ length: blanksAt(at) }).fill(""),
      origin === undefined ? line.text : indent + origin.text.trimStart(),
    ];
  });
  const end = /\n*$/.exec(written)?.[0] ?? "";
  return lines.join("\n") + end;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let blanks = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") {
      blanks++;
    } else {
      lines.push({ text: line, key: line.trim().replaceAll(/\s+(?=#)/g, " "), blanks });
      blanks = 0;
    }
  }
  return lines;
}

/** For each line of `after` the one of `before` that it was. */
function match(before: readonly Line[], after: readonly Line[]): (number | undefined)[] {
  const origins: (number | undefined)[] = after.map(() => undefined);
  const isSame = (from: number, to: number): boolean => before[from]?.key === after[to]?.key;
  const all = { from: before.length, to: after.length };
  let last: Pair = { from: -1, to: -1 };
  for (const anchor of [...ascending(onceInBoth(before, after)), all]) {
    let { from, to } = last;
    while (++from < anchor.from && ++to < anchor.to && isSame(from, to)) {
      origins[to] = from;
      last = { from, to };
    }
    ({ from, to } = anchor);
    while (--from > last.from && --to > last.to && isSame(from, to)) origins[to] = from;
    if (anchor !== all) origins[anchor.to] = anchor.from;
    last = anchor;
  }
  return origins;
}

interface Pair {
  from: number;
  to: number;
}

function onceInBoth(before: readonly Line[], after: readonly Line[]): Pair[] {
  const froms = placesOfOnce(before);
  return [...placesOfOnce(after)].flatMap(([key, to]) => {
    const from = froms.get(key);
    return from === undefined ? [] : [{ from, to }];
  });
}

/** Lines that are there once, in order. */
function placesOfOnce(lines: readonly Line[]): Map<string, number> {
  const places = new Map<string, number>();
  const several = new Set<string>();
  for (const [at, { key }] of lines.entries()) {
    if (places.has(key)) several.add(key);
    places.set(key, at);
  }
  return new Map([...places].filter(([key]) => !several.has(key)));
}

/** The most pairs of these, which ascend in `to`, that ascend in `from` too. */
function ascending(pairs: readonly Pair[]): Pair[] {
  const ends: { pair: Pair; previous: number | undefined }[] = [];
  /** Of each length the sequence that ends lowest. */
  const lowest: number[] = [];
  for (const pair of pairs) {
    let low = 0;
    for (let high = lowest.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((ends[lowest[middle] ?? 0]?.pair.from ?? 0) < pair.from) low = middle + 1;
      else high = middle;
    }
    ends.push({ pair, previous: low === 0 ? undefined : lowest[low - 1] });
    lowest[low] = ends.length - 1;
  }
  const result: Pair[] = [];
  for (let at = lowest.at(-1); at !== undefined; at = ends[at]?.previous) {
    const end = ends[at];
    if (end !== undefined) result.push(end.pair);
  }
  return result.toReversed();
}
