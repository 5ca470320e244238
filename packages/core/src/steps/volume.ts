import { isK3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import type { DesiredVolume } from "../plan/desired.js";
import type { Step } from "./graph.js";
import { patient } from "./patience.js";
import { removeMadeVolume } from "./owned.js";
import { alreadyMade } from "./taken.js";
import type { World } from "./world.js";

export function volumeStep({ name, labels }: DesiredVolume, world: World): Step {
  const { runtime, operation } = world;
  return {
    id: `volume:${name}`,
    title: `Create volume ${name}`,
    async run({ signal }) {
      try {
        await runtime.volumes.create(
          { name, labels: { ...labels, [LABELS.operation]: operation } },
          { signal: patient(signal) },
        );
        // Were it not there, a container that mounts it would make one that is nobody's.
        await runtime.volumes.inspect(name, { signal });
      } catch (error) {
        throw isK3dError(error, "NAME_IN_USE") ? alreadyMade(world.desired.name, error) : error;
      }
    },
    undo: ({ signal }) => removeMadeVolume(runtime, name, operation, { signal }),
  };
}
