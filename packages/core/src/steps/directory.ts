import type { Step } from "./graph.js";
import type { World } from "./world.js";

/** The missing source of a bind mount, as an empty directory of this machine's. */
export function directoryStep(path: string, { collaborators: { settings } }: World): Step {
  let remove: (() => Promise<void>) | undefined;
  return {
    id: `directory:${path}`,
    title: `Create directory ${path}`,
    async run() {
      remove = await settings.makeDirectory(path);
    },
    undo: async () => remove?.(),
  };
}
