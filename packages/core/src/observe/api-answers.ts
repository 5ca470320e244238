/** Time for an answer, in milliseconds; an API that runs takes a few. */
const LIMIT_MS = 1500;

/**
 * Whether something behind `url` speaks TLS, which a load balancer in front of servers that are not
 * up does not. Nothing is sent and no certificate is checked.
 */
export async function apiAnswers(url: string, signal?: AbortSignal): Promise<boolean> {
  const { connect } = await import("node:tls");
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const host = hostname.replaceAll(/^\[|\]$/g, "");
    // Without an empty list of authorities Node parses all that it knows.
    const unchecked = { rejectUnauthorized: false, ca: [] };
    const socket = connect({ host, port: Number(port || 443), ...unchecked });
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
