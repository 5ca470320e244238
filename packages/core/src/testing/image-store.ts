import { createHash } from "node:crypto";
import type { ImageInfo } from "../runtime/images.js";

/** An image of the in-memory engine. */
export interface StoredImage extends Omit<ImageInfo, "references"> {
  /** What `save` writes as its only layer. */
  layer: Buffer;
}

/** The image with the id that follows from its content: the digest of its configuration. */
export function withId(content: Omit<StoredImage, "id">): StoredImage {
  return { ...content, id: digestOf(configDocument(content)) };
}

/** The configuration that an archive holds of an image, always in the same order. */
export function configDocument(image: Omit<StoredImage, "id">): string {
  const { created, os, architecture, variant, size, digests, layer } = image;
  const { labels, ...config } = image.config;
  return JSON.stringify({
    created,
    os,
    architecture,
    variant,
    size,
    digests,
    config: {
      entrypoint: config.entrypoint,
      cmd: config.cmd,
      env: config.env,
      workingDir: config.workingDir,
      user: config.user,
      volumes: config.volumes,
      exposedPorts: config.exposedPorts,
      Labels: labels,
    },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
}

function digestOf(content: string | Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** An image as a test describes it. */
export interface MemoryImage {
  /** Full or familiar reference. */
  reference: string;
  entrypoint?: string[];
  cmd?: string[];
  env?: string[];
  /** Paths that get an anonymous volume in every container. */
  volumes?: string[];
  labels?: Record<string, string>;
  exposedPorts?: string[];
  /** Layer content. Default: a few bytes. */
  layer?: Buffer;
}
