import { finished } from "node:stream/promises";
import type { Readable } from "node:stream";
import type { CallOptions } from "@k3d/core";
import type { Engine } from "../engine.js";

/** @see ContainerOperations.putArchive */
export async function putArchive(
  engine: Engine,
  id: string,
  path: string,
  archive: Readable,
  { signal }: CallOptions,
): Promise<void> {
  try {
    await engine.call(`copy files to ${path} in`, "container", id, signal, (options) =>
      engine.docker.getContainer(id).putArchive(archive, { ...options, path }),
    );
  } finally {
    if (!archive.readableEnded) archive.destroy();
  }
}

/** @see ContainerOperations.getArchive */
export async function getArchive(
  engine: Engine,
  id: string,
  path: string,
  { signal }: CallOptions,
): Promise<Readable> {
  const stream = (await engine.call(`read ${path} in`, "container", id, signal, (options) =>
    engine.docker.getContainer(id).getArchive({ ...options, path }),
  )) as Readable;
  return untilAborted(stream, signal);
}

/** Ends `stream` with an error when `signal` aborts while it is being read. */
export function untilAborted(stream: Readable, signal: AbortSignal | undefined): Readable {
  if (signal === undefined) return stream;
  const onAbort = (): void => void stream.destroy(new Error("aborted"));
  signal.addEventListener("abort", onAbort, { once: true });
  finished(stream)
    .catch(() => undefined)
    .finally(() => signal.removeEventListener("abort", onAbort));
  return stream;
}
