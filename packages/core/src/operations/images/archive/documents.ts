/**
 * The JSON documents of image archives, as far as they are used here.
 *
 * Sources: https://github.com/opencontainers/image-spec (layout, index, manifest, config) and
 * https://github.com/moby/docker-image-spec (`manifest.json` of a docker-archive).
 */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
  platform?: Platform;
  /** What an artifact is that is no image. */
  artifactType?: string;
  annotations?: Record<string, string>;
}

export interface ImageIndex {
  schemaVersion: 2;
  mediaType?: string;
  manifests: Descriptor[];
}

export interface ImageManifest {
  schemaVersion: 2;
  mediaType?: string;
  /** What an artifact is that is no image. */
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
}

/** An entry of a docker-archive's `manifest.json`. */
export interface DockerManifestEntry {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[];
}

export const MEDIA_TYPES = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: {
    none: "application/vnd.oci.image.layer.v1.tar",
    gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  },
} as const;

export const ANNOTATIONS = {
  /** The full name that containerd gives an image of a layout. */
  containerdName: "io.containerd.image.name",
  /** A name, or only a tag: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
  refName: "org.opencontainers.image.ref.name",
} as const;

/** Files at the top of an archive. */
export const FILES = {
  layout: "oci-layout",
  index: "index.json",
  docker: "manifest.json",
} as const;
