import type { Step } from "./graph.js";
import { ensureImage } from "./ensure-image.js";
import type { World } from "./world.js";

export function imageStep(reference: string, { runtime }: World): Step {
  return {
    id: `image:${reference}`,
    title: `Find image ${reference}`,
    run: (context) => ensureImage(runtime, reference, context),
  };
}
