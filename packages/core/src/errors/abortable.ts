import { abortError } from "./k3d-error.js";

/**
 * Settles as `work` does, or rejects as soon as `signal` aborts with the error
 * that it stands for; what `work` comes to is then dropped. Hand the signal to
 * the work as well, so that it ends.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(abortError(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
    aborted.promise.catch(() => undefined);
  }
}
