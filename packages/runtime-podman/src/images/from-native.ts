import type { ImageInfo, ImageSummary } from "@k3d/core/runtime";

/** The part of `podman image inspect` that is read. */
export interface ImageJson {
  Id: string;
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
  Size: number;
  Created: string;
  Os: string;
  Architecture: string;
  Variant?: string;
  User?: string;
  Labels: Record<string, string> | null;
  Config?: {
    Env?: string[] | null;
    Entrypoint?: string[] | null;
    Cmd?: string[] | null;
    WorkingDir?: string;
    User?: string;
    Volumes?: Record<string, unknown> | null;
    ExposedPorts?: Record<string, unknown> | null;
    Labels?: Record<string, string> | null;
  };
}

/** The part of an entry of `podman images --format json` that is read. */
export interface ImageListJson {
  Id: string;
  Names?: string[] | null;
  RepoDigests?: string[] | null;
  Size: number;
  /** Seconds since 1970. */
  Created: number;
  Labels: Record<string, string> | null;
}

export function imageInfo(json: ImageJson): ImageInfo {
  const { Config: config = {} } = json;
  const info: ImageInfo = {
    id: imageId(json.Id),
    references: json.RepoTags ?? [],
    digests: json.RepoDigests ?? [],
    size: json.Size,
    created: new Date(json.Created),
    os: json.Os,
    architecture: json.Architecture,
    config: {
      entrypoint: config.Entrypoint ?? [],
      cmd: config.Cmd ?? [],
      env: config.Env ?? [],
      volumes: Object.keys(config.Volumes ?? {}),
      exposedPorts: Object.keys(config.ExposedPorts ?? {}),
      labels: config.Labels ?? json.Labels ?? {},
    },
  };
  if (json.Variant) info.variant = json.Variant;
  if (config.WorkingDir) info.config.workingDir = config.WorkingDir;
  if (config.User) info.config.user = config.User;
  return info;
}

/** Podman lists an image once for each of its names, every time with all of them. */
export function imageSummaries(list: readonly ImageListJson[]): ImageSummary[] {
  const byId = new Map(list.map((json) => [json.Id, json]));
  return [...byId.values()].map((json) => ({
    id: imageId(json.Id),
    references: json.Names ?? [],
    digests: json.RepoDigests ?? [],
    size: json.Size,
    created: new Date(json.Created * 1000),
    labels: json.Labels ?? {},
  }));
}

function imageId(id: string): string {
  return id.startsWith("sha256:") ? id : `sha256:${id}`;
}
