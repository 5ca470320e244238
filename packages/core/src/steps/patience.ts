/** Milliseconds that an engine has to finish what it began to make when it is no longer wanted. */
const GRACE_MS = 10_000;

/**
 * A signal for calls that make something: it follows `signal` after a while. A call that is cut off
 * at once leaves an engine that goes on: what it makes would appear only after undo has looked for
 * it.
 */
export function patient(signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  const follow = (): void => {
    setTimeout(() => late.abort(signal.reason), GRACE_MS).unref();
  };
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return late.signal;
}
