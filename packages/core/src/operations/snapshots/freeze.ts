import type { ObservedNode } from "../../plan/observed.js";
import type { Step } from "../../steps/graph.js";
import { Halt } from "../../steps/halt.js";
import { patient } from "../../steps/patience.js";
import type { Collaborators } from "../../steps/world.js";

/**
 * Lets nodes stand still while they are read, and go on afterwards, whatever happens meanwhile: paused
 * where the engine can, else stopped. It is said beforehand.
 */
export function freezeSteps(
  nodes: readonly ObservedNode[],
  { runtime, events, clock }: Collaborators,
  needs: { freeze: readonly string[]; thaw: readonly string[] },
): { freeze: Step[]; thaw: Step[] } {
  if (nodes.length === 0) return { freeze: [], thaw: [] };
  const names = nodes.map(({ name }) => name).join(", ");
  const { containers } = runtime;
  let canPause = true;
  let since = 0;
  const halts = new Map(nodes.map((node) => [node.id, new Halt(runtime, node)]));
  const goOn = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(
      [...halts].map(async ([id, halt]) => {
        const { status } = await containers.inspect(id, { signal });
        if (status === "paused") await containers.unpause(id, { signal });
        else await halt.takeBack({ signal });
      }),
    );
  };
  const freeze: Step = {
    id: "snapshot:freeze",
    title: `Pause ${names}`,
    needs: needs.freeze,
    async run({ signal }) {
      canPause = (await runtime.capabilities).pause;
      events.emit({
        type: "log",
        level: "info",
        message: `${names} will ${canPause ? "be paused" : "be stopped"} while the cluster's data is read; the API does not answer until then`,
      });
      since = clock.now();
      await Promise.all(
        [...halts].map(([id, halt]) =>
          canPause ? containers.pause(id, { signal: patient(signal) }) : halt.stop({ signal }),
        ),
      );
    },
    undo: ({ signal }) => goOn(signal),
  };
  const thaw: Step = {
    id: "snapshot:thaw",
    title: `Resume ${names}`,
    needs: needs.thaw,
    async run({ signal, progress }) {
      await goOn(signal);
      progress(`was paused for ${((clock.now() - since) / 1000).toFixed(1)} s`);
    },
  };
  return { freeze: [freeze], thaw: [thaw] };
}
