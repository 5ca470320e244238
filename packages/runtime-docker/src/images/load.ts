import type { Readable } from "node:stream";
import { fullImageReference, K3dError, type CallOptions } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { sending } from "../engine/sources.js";
import { jsonLines } from "../engine/streams.js";

const LOADED_REFERENCE = /^Loaded image: (\S+)/;
const LOADED_ID = /^Loaded image ID: (\S+)/;
/** Without `manifest.json` the engine reads the archive as one of Docker 1.9, and finds an OCI layout's `blobs` instead of layers. */
const OCI_ARCHIVE = /\/blobs\/\S*: no such file|unrecognized image format/i;
const NOT_AN_ARCHIVE =
  /invalid tar header|unexpected EOF|error processing tar|not a tar|\/repositories: no such file|invalid archive/i;

function toLoadError(message: string): K3dError | Error {
  if (OCI_ARCHIVE.test(message)) {
    return new K3dError("UNSUPPORTED", "This engine cannot read OCI-archives", {
      hint: "Give it a docker-archive: convert the file, for example with `skopeo copy oci-archive:IN docker-archive:OUT`, or switch the engine to its containerd image store.",
      details: { engineMessage: message },
    });
  }
  if (NOT_AN_ARCHIVE.test(message)) {
    return new K3dError("INVALID_INPUT", "This is not an image archive", {
      hint: "Give a tar file as `docker save` writes it; compressed ones may be given as they are.",
      details: { engineMessage: message },
    });
  }
  return new Error(message);
}

/** @see ImageOperations.load */
export async function loadArchive(
  engine: Engine,
  archive: Readable,
  { signal }: CallOptions,
): Promise<string[]> {
  const references: string[] = [];
  await sending(archive, "load an image archive", signal, (sendSignal) =>
    engine.call("load an archive into", "engine", "", sendSignal, async (options) => {
      const stream = (await engine.docker.loadImage(archive, {
        ...options,
        quiet: true,
      })) as Readable;
      for await (const line of jsonLines(stream)) {
        if (typeof line.error === "string") throw toLoadError(line.error);
        for (const message of typeof line.stream === "string" ? line.stream.split("\n") : []) {
          const reference = LOADED_REFERENCE.exec(message)?.[1];
          const id = LOADED_ID.exec(message)?.[1];
          if (reference !== undefined) references.push(fullImageReference(reference));
          else if (id !== undefined) references.push(id);
        }
      }
    }),
  );
  return references;
}
