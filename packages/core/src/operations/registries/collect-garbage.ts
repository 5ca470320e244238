import { randomUUID } from "node:crypto";
import { K3dError } from "../../errors/index.js";
import { OBJECT_PREFIX } from "../../model/names.js";
import { tellingLines } from "../../readiness/node-watch.js";
import { STORAGE_PATH } from "../../registry/config-files.js";
import type { RegistryView } from "../../registry/view.js";
import type { ContainerInfo } from "../../runtime/containers.js";
import type { MountSpec } from "../../runtime/container-spec.js";
import { type Step, runSteps } from "../../steps/graph.js";
import { Halt } from "../../steps/halt.js";
import { oneShot } from "../../steps/one-shot.js";
import { newOperationId } from "../clusters/operation-id.js";
import type { OperationOptions } from "../options.js";
import type { RegistryDeps } from "./deps.js";
import type { GarbageOptions, RegistryGarbage } from "./operations.js";
import { waitForRegistry } from "./ready.js";

const CONFIG_PATH = `/etc/${OBJECT_PREFIX}/garbage-collect.yml`;

/** All that the collector reads of a configuration. */
const CONFIG = `version: "0.1"\nstorage:\n  filesystem:\n    rootdirectory: ${STORAGE_PATH}\n  delete:\n    enabled: true\n`;

/** What the collector says of a registry that nobody ever pushed to. */
const NEVER_FILLED = /Path not found: \S*\/repositories\b/;

/**
 * Frees what no tag or manifest leads to any more. Distribution demands that nobody writes
 * meanwhile, and remembers blobs in memory: the registry is stopped for the time.
 * https://distribution.github.io/distribution/about/garbage-collection/
 */
export async function collectGarbage(
  registry: RegistryView,
  { dryRun = false, untagged = false, ...options }: OperationOptions & GarbageOptions,
  deps: RegistryDeps,
): Promise<RegistryGarbage> {
  if (registry.proxies !== undefined) {
    throw new K3dError(
      "UNSUPPORTED",
      `Registry '${registry.name}' is a cache of ${registry.proxies}: what it holds expires by itself`,
      { hint: "Delete it and create it again to empty it at once." },
    );
  }
  const { runtime, settings, clock } = deps;
  const info = await runtime.containers.inspect(registry.id, options);
  const mounts = storageMounts(registry, info);
  const found: RegistryGarbage = { name: registry.name, dryRun, blobs: 0, manifests: 0 };
  const collect = oneShot(
    async () => ({
      name: `${OBJECT_PREFIX}-gc-${randomUUID().slice(0, 8)}`,
      image: info.image,
      args: await collectorArgs(info.image, { dryRun, untagged }, deps, options),
      mounts,
      files: [{ path: CONFIG_PATH, content: CONFIG, mode: 0o644 }],
    }),
    ({ exitCode, lines }) => {
      if (exitCode !== 0 && lines.some((line) => NEVER_FILLED.test(line))) return;
      if (exitCode !== 0) throw failed(registry.name, exitCode, lines);
      found.blobs = eligible(lines, "blob");
      found.manifests = eligible(lines, "manifest");
    },
    { runtime, version: settings.version, operation: newOperationId(settings) },
  );
  const start = async (signal: AbortSignal): Promise<void> => {
    const { finishedAt } = await runtime.containers.inspect(registry.id, { signal });
    await runtime.containers.start(registry.id, { signal });
    const ready = { runtime, clock, signal, endedBefore: finishedAt };
    await waitForRegistry(registry.name, ready);
  };
  const halt = new Halt(runtime, registry);
  const stops = registry.status === "running" && !dryRun;
  const steps: Step[] = [
    ...(stops
      ? [
          {
            id: `stop:${registry.name}`,
            title: `Stop registry ${registry.name}`,
            run: ({ signal }: { signal: AbortSignal }) => halt.stop({ signal }),
            undo: ({ signal }: { signal: AbortSignal }) => halt.takeBack({ signal }),
          },
        ]
      : []),
    {
      id: `collect:${registry.name}`,
      title: `Collect garbage of registry ${registry.name}`,
      needs: stops ? [`stop:${registry.name}`] : [],
      ...collect,
    },
    ...(stops
      ? [
          {
            id: `start:${registry.name}`,
            title: `Start registry ${registry.name}`,
            needs: [`collect:${registry.name}`],
            run: ({ signal }: { signal: AbortSignal }) => start(signal),
          },
        ]
      : []),
  ];
  await runSteps(steps, {
    ...deps,
    ...options,
    removeWith: `k3d registry start ${registry.name}; k3d prune`,
  });
  return found;
}

/** Volumes and directories that hold the registry's images. */
function storageMounts(registry: RegistryView, { mounts }: ContainerInfo): MountSpec[] {
  const holds = (path: string): boolean =>
    path === STORAGE_PATH ||
    STORAGE_PATH.startsWith(`${path.replace(/\/$/, "")}/`) ||
    path.startsWith(`${STORAGE_PATH}/`);
  const found = mounts.filter(({ destination, type }) => type !== "tmpfs" && holds(destination));
  if (found.length > 0)
    return found.map(({ type, destination, source }) => ({ type, destination, source }));
  throw new K3dError(
    "UNSUPPORTED",
    `Registry '${registry.name}' keeps its images neither in a volume nor in a directory`,
    { hint: "Create it with k3d registry create, with -v where its image declares no volume." },
  );
}

/** The image's entrypoint takes the registry's own commands, as that of Distribution does. */
async function collectorArgs(
  image: string,
  { dryRun, untagged }: Required<GarbageOptions>,
  { runtime }: RegistryDeps,
  options: OperationOptions,
): Promise<string[]> {
  const { config } = await runtime.images.inspect(image, options);
  const program = config.entrypoint.filter((word) => word !== "serve");
  return [
    ...(program.length > 0 ? program : ["registry"]),
    "garbage-collect",
    ...(dryRun ? ["--dry-run"] : []),
    ...(untagged ? ["--delete-untagged"] : []),
    CONFIG_PATH,
  ];
}

/** The collector names each thing that goes on a line of its own. */
const eligible = (lines: readonly string[], what: "blob" | "manifest"): number =>
  new Set(
    lines.flatMap(
      (line) => new RegExp(`\\b${what} eligible for deletion: (\\S+)`).exec(line)?.[1] ?? [],
    ),
  ).size;

function failed(name: string, exitCode: number, lines: readonly string[]): K3dError {
  const words = lines.findLast((line) => line.trim() !== "");
  return new K3dError(
    "CONTAINER_FAILED",
    `The garbage of registry '${name}' could not be collected: ${words ?? `exit code ${exitCode}`}`,
    {
      hint: "The registry is as it was. Its image may be too old: the command is Distribution's `registry garbage-collect`.",
      details: { exitCode, log: tellingLines(lines) },
    },
  );
}
