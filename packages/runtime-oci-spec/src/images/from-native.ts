import type { ImageInfo } from "@k3d/core/runtime";
import type { ImageConfig } from "../store/records.ts";
import type { StoredImage } from "./image-store.ts";

export function imageConfig(image: StoredImage): ImageConfig {
  const stopSignal = image.config.config?.StopSignal;
  return { config: imageInfo(image).config, ...(stopSignal ? { stopSignal } : {}) };
}

/** What the contract tells of an image. Its size is that of its layers as they are stored. */
export function imageInfo(image: StoredImage): ImageInfo {
  const { config: file, manifest } = image;
  const config = file.config ?? {};
  return {
    id: image.id,
    references: image.references,
    digests: image.digests,
    size: manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size),
    ...(file.created === undefined ? {} : { created: new Date(file.created) }),
    os: file.os,
    architecture: file.architecture,
    variant: file.variant,
    config: {
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      env: config.Env ?? [],
      ...(config.WorkingDir ? { workingDir: config.WorkingDir } : {}),
      ...(config.User ? { user: config.User } : {}),
      volumes: Object.keys(config.Volumes ?? {}),
      exposedPorts: Object.keys(config.ExposedPorts ?? {}),
      labels: config.Labels ?? {},
    },
  };
}
