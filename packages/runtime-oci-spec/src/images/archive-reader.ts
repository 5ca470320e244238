import { createWriteStream } from "node:fs";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { abortError, isK3dError, K3dError } from "@k3d/core/runtime";
import { errorCode } from "../host/json-file.ts";

/** An image of an archive: its address for skopeo, and its names. */
export interface ArchivedImage {
  source: string;
  references: string[];
}

interface DockerArchiveEntry {
  RepoTags?: string[] | null;
}
interface OciArchiveIndex {
  manifests?: { annotations?: Record<string, string> }[];
}

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Where containerd notes the full reference; the image-spec's own annotation often has the tag alone. */
const NAME_ANNOTATIONS = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/**
 * Writes an archive to a file while reading its table of contents.
 *
 * @throws `INVALID_INPUT` when it is neither a docker-archive nor an OCI archive.
 */
export async function spoolArchive(
  archive: Readable,
  file: string,
  signal?: AbortSignal,
): Promise<ArchivedImage[]> {
  const { extract } = await import("tar-stream");
  const contents = extract();
  const indexes = new Map<string, string>();
  const reading = (async () => {
    for await (const entry of contents) {
      const name = entry.header.name.replace(/^\.\//, "");
      if (
        ["manifest.json", "index.json"].includes(name) &&
        (entry.header.size ?? 0) <= MAX_INDEX_BYTES
      ) {
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk as Buffer);
        indexes.set(name, Buffer.concat(chunks).toString("utf8"));
      } else {
        entry.resume();
      }
    }
  })();
  const tee = new PassThrough();
  tee.pipe(contents);
  const notArchive = (error: unknown) => {
    throw new K3dError("INVALID_INPUT", "The image archive is not a tar file", { cause: error });
  };
  const writing = pipeline(archive, tee, createWriteStream(file, { mode: 0o600 }), {
    signal,
  }).catch((error: unknown) => {
    contents.destroy(error instanceof Error ? error : new Error(String(error)));
    throw unreadable(error, signal);
  });
  await Promise.all([
    writing,
    reading.catch((error: unknown) => (signal?.aborted ? undefined : notArchive(error))),
  ]);
  return imagesOf(file, indexes);
}

/** Failures of the archive's source. Those of the system are told elsewhere. */
function unreadable(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return abortError(signal);
  if (isK3dError(error) || !(errorCode(error)?.startsWith("ERR_") ?? true)) return error;
  return new K3dError("INVALID_INPUT", "The image archive cannot be read to its end", {
    cause: error,
  });
}

function imagesOf(file: string, indexes: Map<string, string>): ArchivedImage[] {
  const docker = indexes.get("manifest.json");
  if (docker !== undefined) {
    return (JSON.parse(docker) as DockerArchiveEntry[]).map(({ RepoTags }, index) => ({
      source: `docker-archive:${file}:@${index}`,
      references: RepoTags ?? [],
    }));
  }
  const oci = indexes.get("index.json");
  if (oci === undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      "The archive has neither manifest.json (docker-archive) nor index.json (OCI archive)",
    );
  }
  const manifests = (JSON.parse(oci) as OciArchiveIndex).manifests ?? [];
  return manifests.map(({ annotations = {} }) => {
    const inArchive = annotations["org.opencontainers.image.ref.name"];
    const name = NAME_ANNOTATIONS.map((key) => annotations[key]).find(
      (value) => value !== undefined && value !== "",
    );
    return {
      source: `oci-archive:${file}${inArchive === undefined ? "" : `:${inArchive}`}`,
      references: name === undefined ? [] : [name],
    };
  });
}
