type Work = (signal: AbortSignal) => Promise<unknown>;

type Results<Works extends readonly Work[]> = {
  -readonly [Index in keyof Works]: Awaited<ReturnType<Works[Index]>>;
};

/**
 * Does all of it at once. The first failure aborts the rest, and is thrown when that has ended too:
 * what goes on behind a failure may hold a lock when the process ends.
 */
export async function together<const Works extends readonly Work[]>(
  works: Works,
  signal: AbortSignal | undefined,
): Promise<Results<Works>> {
  const failed = new AbortController();
  const both = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const running = works.map(async (work) => work(both));
  try {
    return (await Promise.all(running)) as Results<Works>;
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(running);
    throw error;
  }
}

/**
 * Works while it is still being checked whether that may be. What the check finds comes before any failure of the work; it
 * aborts the work, and is thrown when that has ended.
 */
export async function whileChecking<Result>(
  check: (signal: AbortSignal) => Promise<void>,
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const failed = new AbortController();
  const both = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const working = work(both);
  const ended = Promise.allSettled([working]);
  try {
    await check(both);
    return await working;
  } catch (error) {
    failed.abort(error);
    await ended;
    throw error;
  }
}
