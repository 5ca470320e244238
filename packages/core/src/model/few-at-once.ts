/** Calls of an engine made at once: on some engines each is a process. */
const FEW = 8;

/** Does `work` on all items, a few at once. @returns what came of each, in their order. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [place, item] of left) results[place] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(FEW, items.length) }, worker));
  return results;
}
