import { K3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import { imageIds, LIST_COMMAND, LIST_ENV } from "../images/node/images.js";
import { exec } from "../../runtime/run-command.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { IMAGES_ARCHIVE } from "./node-paths.js";

/**
 * Looks that a node has loaded the images that were placed in it. k3s itself goes on without them,
 * where its disk had no room for example, and the archive goes with the start.
 *
 * @throws `NO_SPACE` or `CONTAINER_FAILED` where the node says that it could not.
 */
export async function checkLoadedImages(
  node: string,
  images: readonly string[],
  { runtime, events }: { runtime: ContainerRuntime; events: EventSink },
  signal: AbortSignal,
): Promise<void> {
  const present = imageIds(
    await exec(runtime, node, [...LIST_COMMAND], { signal, env: [LIST_ENV] }),
  );
  const missing = images.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const failure = await failureIn(node, runtime, signal);
  const what = `${missing.length} of the ${images.length} images of the snapshot`;
  if (failure === undefined) {
    events.emit({
      type: "warning",
      message: `${node} has not loaded ${what}, for example ${missing[0] ?? ""}`,
      hint: "It pulls them when a pod needs them.",
    });
    return;
  }
  const isFull = /no space left on device|disk quota exceeded/i.test(failure);
  throw new K3dError(
    isFull ? "NO_SPACE" : "CONTAINER_FAILED",
    isFull
      ? `There is no room in ${node} for ${what}`
      : `${node} could not load ${what}: ${failure}`,
    isFull
      ? { hint: "Free some space in the engine's data directory, or restore with fewer nodes." }
      : {
          hint: "Pull or import them into the cluster that the snapshot is of, and take another one.",
        },
  );
}

/** What k3s says of loading the archive; `undefined` when it says nothing of a failure. */
async function failureIn(
  node: string,
  { containers }: ContainerRuntime,
  signal: AbortSignal,
): Promise<string | undefined> {
  for await (const { line } of containers.logs(node, { signal })) {
    if (!line.includes(IMAGES_ARCHIVE) || !/level=(?:error|fatal)/.test(line)) continue;
    return line
      .slice(line.indexOf(IMAGES_ARCHIVE) + IMAGES_ARCHIVE.length)
      .replace(/^:\s*|"$/g, "");
  }
  return undefined;
}
