import { APP, LABELS } from "../model/labels.js";
import { packFiles } from "../runtime/archive.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { MountSpec } from "../runtime/container-spec.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { Step } from "./graph.js";
import { removeMadeContainer } from "./owned.js";
import { patient } from "./patience.js";

/** A container that does one thing and goes. */
export interface OneShot {
  /** Begins with `k3d-`, so that `prune` knows a left one. */
  name: string;
  image: string;
  /** The whole argv. */
  args: string[];
  /** `NAME=value` entries. */
  env?: string[];
  mounts?: MountSpec[];
  /** Placed before it starts. */
  files?: ContainerFile[];
}

export interface OneShotResult {
  exitCode: number;
  /** What it wrote, in order. */
  lines: string[];
}

export interface OneShotDeps {
  runtime: ContainerRuntime;
  /** Version of k3d that labels tell. */
  version: string;
  /** Id of the operation; undo removes only what carries it. */
  operation: string;
}

/** `run` and `undo` of a step that runs a container to its end and removes it, whatever comes in between. */
export function oneShot(
  container: () => OneShot | Promise<OneShot>,
  told: (result: OneShotResult) => void | Promise<void>,
  { runtime, version, operation }: OneShotDeps,
): Pick<Step, "run"> & Required<Pick<Step, "undo">> {
  let name: string | undefined;
  return {
    async run({ signal }) {
      const one = await container();
      ({ name } = one);
      const { image, args, env = [], mounts = [], files = [] } = one;
      const labels = {
        [LABELS.app]: APP,
        [LABELS.version]: version,
        [LABELS.role]: "noRole",
        [LABELS.operation]: operation,
      };
      const { containers } = runtime;
      await containers.create(
        {
          name,
          image,
          hostname: name,
          process: { args, env },
          mounts,
          labels,
          linux: {},
          networks: [],
          ports: [],
          restartPolicy: { name: "no" },
        },
        { signal: patient(signal) },
      );
      if (files.length > 0)
        await containers.putArchive(name, "/", await packFiles(files), { signal });
      await containers.start(name, { signal });
      const exitCode = await containers.wait(name, { signal });
      const lines: string[] = [];
      for await (const { line } of containers.logs(name, { signal })) lines.push(line);
      await removeMadeContainer(runtime, name, operation, { signal });
      await told({ exitCode, lines });
    },
    async undo({ signal }) {
      if (name !== undefined) await removeMadeContainer(runtime, name, operation, { signal });
    },
  };
}
