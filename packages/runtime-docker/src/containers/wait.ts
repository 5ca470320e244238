import { text } from "node:stream/consumers";
import { K3dError } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { requestStream } from "../engine/streams.js";

/** What is waited for, in the engine's words. */
export type WaitCondition = "not-running" | "removed";

/**
 * Waits for a container, however long, and gives its exit code. The engine
 * sends the head of its answer at once and the code in the end, so its
 * vanishing shows in the answer's stream.
 *
 * @throws the connection's error; `RUNTIME_UNAVAILABLE` when the engine ends the answer without a code.
 */
export async function waitForContainer(
  engine: Engine,
  id: string,
  condition: WaitCondition,
  abortSignal: AbortSignal | undefined,
): Promise<number> {
  const stream = await requestStream(engine.docker, {
    path: `/containers/${encodeURIComponent(id)}/wait?`,
    method: "POST",
    query: { condition },
    abortSignal,
  });
  const code = exitCodeIn(await text(stream));
  if (code !== undefined) return code;
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `Cannot wait for container '${id}': the Docker engine ended its answer without an exit code`,
    { hint: "Check that the container engine still runs." },
  );
}

function exitCodeIn(answer: string): number | undefined {
  try {
    const { StatusCode: code } = JSON.parse(answer) as { StatusCode?: unknown };
    return typeof code === "number" ? code : undefined;
  } catch {
    return undefined;
  }
}
