import { K3dError, throwIfAborted, toK3dError } from "../../errors/index.js";
import type { Clock } from "../../model/clock.js";
import type { KubeClient, KubeResponse } from "../../readiness/kube-client.js";

/** How often a request is tried, the pause between two tries and the time for one; milliseconds. */
const TRIES = 20;
const PAUSE_MS = 1000;
const REQUEST_MS = 20_000;

/**
 * A client for requests that may be sent twice: an API that has just come up is slow, breaks
 * connections, and answers 5xx for a while.
 *
 * `send` rejects with `TIMEOUT` when it does so in the end.
 */
export function persistentClient(client: KubeClient, clock: Clock): KubeClient {
  return {
    ...client,
    async send(request, signal): Promise<KubeResponse> {
      let last = "";
      for (let attempt = 1; attempt <= TRIES; attempt++) {
        throwIfAborted(signal);
        try {
          const answer = await client.send(request, signal, REQUEST_MS);
          if (answer.status < 500 && answer.status !== 429) return answer;
          last = `it answers ${answer.status}`;
        } catch (error) {
          throwIfAborted(signal);
          last = toK3dError(error).message;
        }
        await clock.sleep(PAUSE_MS, signal);
      }
      const { method = "GET", path } = request;
      throw new K3dError("TIMEOUT", `The API failed ${method} ${path}: ${last}`, {
        hint: "Look at the servers' logs with --no-rollback, or give the machine more room.",
      });
    },
  };
}
