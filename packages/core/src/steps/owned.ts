import { isK3dError, unlessMissing } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

type Labelled = { labels: Readonly<Record<string, string>> };

/**
 * The object of a name, if this operation made it. An answer of the engine may
 * have been lost, so what was made is found by name and label, never by a
 * remembered id.
 */
async function made<T extends Labelled>(
  find: Promise<T>,
  operation: string,
): Promise<T | undefined> {
  try {
    const object = await find;
    return object.labels[LABELS.operation] === operation ? object : undefined;
  } catch (error) {
    if (isK3dError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

export async function removeMadeContainer(
  runtime: ContainerRuntime,
  name: string,
  operation: string,
  options: CallOptions,
): Promise<void> {
  const container = await made(runtime.containers.inspect(name, options), operation);
  if (container === undefined) return;
  await unlessMissing(
    runtime.containers.remove(container.id, { ...options, force: true, volumes: true }),
  );
}

export async function removeMadeNetwork(
  runtime: ContainerRuntime,
  name: string,
  operation: string,
  options: CallOptions,
): Promise<void> {
  // By its label, not its name: engines have been seen to make two networks of one name.
  const networks = await runtime.networks.list({
    ...options,
    labels: { [LABELS.operation]: operation },
  });
  for (const network of networks.filter((candidate) => candidate.name === name))
    await unlessMissing(runtime.networks.remove(network.id, options));
}

export async function removeMadeVolume(
  runtime: ContainerRuntime,
  name: string,
  operation: string,
  options: CallOptions,
): Promise<void> {
  const volume = await made(runtime.volumes.inspect(name, options), operation);
  if (volume !== undefined) await unlessMissing(runtime.volumes.remove(volume.name, options));
}
