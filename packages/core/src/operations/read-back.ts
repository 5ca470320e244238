import { toK3dError } from "../errors/index.js";
import type { EventSink } from "../events/index.js";

/**
 * What `read` tells of work that is done. It is done whatever the engine says now, so a look that
 * fails is a warning, and `known` is what is told.
 */
export async function readBack<T>(read: () => Promise<T>, known: T, events: EventSink): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { message } = toK3dError(error);
    events.emit({
      type: "warning",
      message: `It is done, but the engine cannot show the result: ${message}`,
      hint: "See it with: k3d cluster list",
    });
    return known;
  }
}
