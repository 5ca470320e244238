import type { Readable } from "node:stream";
import { fullImageReference, K3dError, type CallOptions } from "@k3d/core";
import type { Engine } from "../engine.js";
import { jsonLines } from "../streams.js";

const LOADED_REFERENCE = /^Loaded image: (\S+)/;
const LOADED_ID = /^Loaded image ID: (\S+)/;
/** What engines without support for the archive's form say. */
const NO_DOCKER_ARCHIVE = /manifest\.json: no such file|invalid archive|unrecognized image format/i;
const NOT_AN_ARCHIVE = /invalid tar header|unexpected EOF|error processing tar|not a tar/i;

function toLoadError(message: string): K3dError | Error {
  if (NO_DOCKER_ARCHIVE.test(message)) {
    return new K3dError("UNSUPPORTED", `The engine cannot read this image archive: ${message}`, {
      hint: "Engines before Docker 25 read docker-archives only, not OCI-archives: convert it, for example with `skopeo copy oci-archive:IN docker-archive:OUT`.",
    });
  }
  if (NOT_AN_ARCHIVE.test(message)) {
    return new K3dError("INVALID_INPUT", `This is no image archive: ${message}`, {
      hint: "Give a tar file as `docker save` writes it; compressed ones may be given as they are.",
    });
  }
  return new Error(message);
}

/** @see ImageOperations.load */
export async function loadArchive(engine: Engine, archive: Readable, { signal }: CallOptions): Promise<string[]> {
  const references: string[] = [];
  try {
    await engine.call("load an archive into", "engine", "", signal, async (options) => {
      const stream = (await engine.docker.loadImage(archive as unknown as NodeJS.ReadableStream, { ...options, quiet: true })) as Readable;
      for await (const line of jsonLines(stream)) {
        if (typeof line.error === "string") throw toLoadError(line.error);
        for (const message of typeof line.stream === "string" ? line.stream.split("\n") : []) {
          const reference = LOADED_REFERENCE.exec(message)?.[1];
          const id = LOADED_ID.exec(message)?.[1];
          if (reference !== undefined) references.push(fullImageReference(reference));
          else if (id !== undefined) references.push(id);
        }
      }
    });
  } finally {
    if (!archive.readableEnded) archive.destroy();
  }
  return references;
}
