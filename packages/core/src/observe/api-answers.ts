import { addressOf, dialFor } from "../runtime/dial.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Time for an answer, in milliseconds; an API that runs takes a few. */
const LIMIT_MS = 1500;

/**
 * Whether something behind `url` speaks TLS, which a load balancer in front of servers that are not
 * up does not. Nothing is sent and no certificate is checked.
 *
 * @param runtime leads to what is on the loopback of its engine's machine
 */
export async function apiAnswers(
  url: string,
  signal?: AbortSignal,
  runtime?: Pick<ContainerRuntime, "dial">,
): Promise<boolean> {
  const { connect } = await import("node:tls");
  const { host, port } = addressOf(url);
  const dial = dialFor(runtime, host);
  const way = dial && (await dial({ host, port }, signal).catch(() => null));
  if (way === null) return false;
  return new Promise((resolve) => {
    // Without an empty list of authorities Node parses all that it knows.
    const unchecked = { rejectUnauthorized: false, ca: [] };
    const socket = connect(
      way === undefined ? { host, port, ...unchecked } : { socket: way, ...unchecked },
    );
    const end = (answers: boolean): void => {
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(answers);
    };
    const onAbort = (): void => end(false);
    signal?.addEventListener("abort", onAbort);
    socket.setTimeout(LIMIT_MS, () => end(false));
    socket.once("secureConnect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
    if (signal?.aborted) end(false);
  });
}
