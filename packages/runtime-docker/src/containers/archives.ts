import type { Readable } from "node:stream";
import { type CallOptions, untilAborted } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { sending } from "../engine/sources.js";
import { translated } from "../engine/streams.js";

/** @see ContainerOperations.putArchive */
export async function putArchive(
  engine: Engine,
  id: string,
  path: string,
  archive: Readable,
  { signal }: CallOptions,
): Promise<void> {
  const what = `copy files to ${path} in container '${id}'`;
  await sending(archive, what, signal, (sendSignal) =>
    engine.call(`copy files to ${path} in`, "container", id, sendSignal, (options) =>
      engine.docker.getContainer(id).putArchive(archive, { ...options, path }),
    ),
  );
}

/** @see ContainerOperations.getArchive */
export async function getArchive(
  engine: Engine,
  id: string,
  path: string,
  { signal }: CallOptions,
): Promise<Readable> {
  const verb = `read ${path} in`;
  const stream = (await engine.call(verb, "container", id, signal, (options) =>
    engine.docker.getContainer(id).getArchive({ ...options, path }),
  )) as Readable;
  return untilAborted(translated(stream, { verb, kind: "container", name: id }, signal), signal);
}
