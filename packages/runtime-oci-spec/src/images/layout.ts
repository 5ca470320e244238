import { createReadStream } from "node:fs";
import { mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ignoreMissing, readJson, writeJson } from "../host/json-file.ts";

/** https://github.com/opencontainers/image-spec/blob/v1.0.2/descriptor.md */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

export interface Manifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** https://github.com/opencontainers/image-spec/blob/v1.0.2/config.md */
export interface ImageConfigFile {
  created?: string;
  architecture?: string;
  variant?: string;
  os?: string;
  config?: {
    User?: string;
    ExposedPorts?: Record<string, unknown> | null;
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    Volumes?: Record<string, unknown> | null;
    WorkingDir?: string;
    Labels?: Record<string, string> | null;
    StopSignal?: string;
  };
}

export const REFERENCE_ANNOTATION = "org.opencontainers.image.ref.name";

interface Index {
  schemaVersion: 2;
  manifests: Descriptor[];
}

/** An OCI image layout: https://github.com/opencontainers/image-spec/blob/v1.0.2/image-layout.md */
export class ImageLayout {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Makes an empty layout, unless it is there; its blobs are `blobs`, or shared with another layout. */
  async ensure(sharedBlobs?: string): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    if (sharedBlobs === undefined)
      await mkdir(join(this.directory, "blobs/sha256"), { recursive: true });
    else await symlink(sharedBlobs, join(this.directory, "blobs"));
    await writeFile(join(this.directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  }

  async manifests(): Promise<Descriptor[]> {
    return (await readJson<Index>(join(this.directory, "index.json")))?.manifests ?? [];
  }

  async writeManifests(manifests: Descriptor[]): Promise<void> {
    await writeJson(join(this.directory, "index.json"), {
      schemaVersion: 2,
      manifests,
    } satisfies Index);
  }

  blobPath(digest: string): string {
    return join(this.directory, "blobs", digest.replace(":", "/"));
  }

  async readBlob<T>(digest: string): Promise<T> {
    return JSON.parse(await readFile(this.blobPath(digest), "utf8")) as T;
  }

  openBlob(digest: string): Readable {
    return createReadStream(this.blobPath(digest));
  }

  async blobSize(digest: string): Promise<number> {
    return (await stat(this.blobPath(digest))).size;
  }

  /** Deletes every blob that no manifest in the index leads to. */
  async collectGarbage(): Promise<void> {
    for (const digest of await this.garbage()) await rm(this.blobPath(digest), { force: true });
  }

  /** Digests of all blobs that no manifest in the index leads to. */
  async garbage(): Promise<string[]> {
    const used = new Set<string>();
    for (const { digest } of await this.manifests()) {
      const { config, layers } = await this.readBlob<Manifest>(digest);
      for (const blob of [digest, config.digest, ...layers.map((layer) => layer.digest)])
        used.add(blob);
    }
    const names = await readdir(join(this.directory, "blobs/sha256")).catch(ignoreMissing);
    return (names ?? []).map((name) => `sha256:${name}`).filter((digest) => !used.has(digest));
  }
}
