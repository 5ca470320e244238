import { fullImageReference, type ImageInfo, type ImageSummary } from "@k3d/core/runtime";
import type { ImageInfo as DockerSummary, ImageInspectInfo } from "dockerode";

const NONE = "<none>";

function references(tags: string[] | null | undefined): string[] {
  return (tags ?? []).filter((tag) => !tag.includes(NONE)).map(fullImageReference);
}

/** One entry of `GET /images/json`. */
export function toImageSummary(image: DockerSummary): ImageSummary {
  return {
    id: image.Id,
    references: references(image.RepoTags),
    digests: references(image.RepoDigests),
    size: image.Size,
    created: new Date(image.Created * 1000),
    labels: image.Labels ?? {},
  };
}

/** `GET /images/{name}/json`. */
export function toImage(image: ImageInspectInfo): ImageInfo {
  const config = image.Config ?? {};
  const variant = (image as { Variant?: string }).Variant;
  const created = image.Created ? new Date(image.Created) : undefined;
  return {
    id: image.Id,
    references: references(image.RepoTags),
    digests: references(image.RepoDigests),
    size: image.Size,
    ...(created ? { created } : {}),
    ...(image.Os ? { os: image.Os } : {}),
    ...(image.Architecture ? { architecture: image.Architecture } : {}),
    ...(variant ? { variant } : {}),
    config: {
      entrypoint: ([] as string[]).concat(config.Entrypoint ?? []),
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
