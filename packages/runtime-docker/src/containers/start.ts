import type { CallOptions } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { statusOf } from "../engine/errors.js";

const NOT_MODIFIED = 304;

/** @see ContainerOperations.start */
export async function startContainer(
  engine: Engine,
  id: string,
  { signal }: CallOptions,
): Promise<void> {
  await engine.call("start", "container", id, signal, async (options) => {
    try {
      await engine.docker.getContainer(id).start(options);
    } catch (error) {
      if (statusOf(error) !== NOT_MODIFIED) throw error;
    }
  });
}
