import { createHash } from "node:crypto";
import type { ImageInfo } from "../runtime/images.js";

/** An image of the in-memory engine. */
export interface StoredImage extends Omit<ImageInfo, "references"> {
  /** What `save` writes as its only layer. */
  layer: Buffer;
}

/** The image with the id that follows from its content. */
export function withId({ layer, ...content }: Omit<StoredImage, "id">): StoredImage {
  const { id: _, ...config } = content as Partial<StoredImage>;
  const hash = createHash("sha256").update(JSON.stringify(config)).update(layer);
  return { ...content, layer, id: `sha256:${hash.digest("hex")}` };
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
