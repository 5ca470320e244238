/** Something with the time it was made, where that is known. */
interface Timed {
  timestamp?: Date;
}

/** The items of sources that are each in order of time, all in that order. */
export async function* inOrder<T extends Timed>(
  sources: readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  let heads: { source: AsyncGenerator<T>; item: T }[] = [];
  const pull = async (source: AsyncGenerator<T>): Promise<typeof heads> => {
    const next = await source.next();
    return next.done === true ? [] : [{ source, item: next.value }];
  };
  try {
    heads = (await Promise.all(sources.map((source) => pull(source)))).flat();
    while (heads.length > 0) {
      const first = earliest(heads.map(({ item }) => item));
      const [head] = heads.splice(first, 1);
      if (head === undefined) return;
      yield head.item;
      heads.push(...(await pull(head.source)));
    }
  } finally {
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}

/**
 * The items of live sources as they come, those that wait in order of time. A source is asked for
 * more only when its last item was taken.
 *
 * @param start makes the sources; they end without an error when the signal they get aborts
 */
export async function* mergeLive<T extends Timed>(
  start: (ending: AbortSignal) => readonly AsyncIterable<T>[],
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const ending = new AbortController();
  const both = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  const waiting: { item: T; taken: () => void }[] = [];
  const failures: unknown[] = [];
  let news = Promise.withResolvers<void>();
  const pump = async (source: AsyncIterable<T>): Promise<void> => {
    try {
      for await (const item of source) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.push({ item, taken: resolve });
        news.resolve();
        await promise;
      }
    } catch (error) {
      if (!both.aborted) failures.push(error);
    }
  };
  const sources = start(both);
  let active = sources.length;
  const pumps = sources.map((source) =>
    pump(source).finally(() => {
      active -= 1;
      news.resolve();
    }),
  );
  try {
    for (;;) {
      const [next] = waiting.splice(earliest(waiting.map(({ item }) => item)), 1);
      if (next !== undefined) {
        try {
          yield next.item;
        } finally {
          next.taken();
        }
      } else if (failures.length > 0) {
        throw failures[0];
      } else if (active === 0) {
        return;
      } else {
        await news.promise;
        news = Promise.withResolvers<void>();
      }
    }
  } finally {
    ending.abort();
    for (const { taken } of waiting) taken();
    await Promise.allSettled(pumps);
  }
}

/** Index of the earliest item; the first of several. */
function earliest(items: readonly Timed[]): number {
  let best = 0;
  for (const [index, { timestamp }] of items.entries()) {
    if ((timestamp?.getTime() ?? 0) < (items[best]?.timestamp?.getTime() ?? 0)) best = index;
  }
  return best;
}
