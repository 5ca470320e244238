import { isK3dError } from "../errors/index.js";
import type { StepContext } from "../events/step-context.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Pulls `reference` unless the engine has it. @throws `IMAGE_NOT_FOUND`, `REMOTE_UNAVAILABLE`. */
export async function ensureImage(
  runtime: ContainerRuntime,
  reference: string,
  context: StepContext,
): Promise<void> {
  try {
    await runtime.images.inspect(reference, { signal: context.signal });
    return;
  } catch (error) {
    if (!isK3dError(error, "IMAGE_NOT_FOUND")) throw error;
  }
  await runtime.images.pull(reference, {
    signal: context.signal,
    onProgress: ({ message, current, total }) => context.progress(message, current, total),
  });
}
