import { K3dError } from "@k3d/core";

/** What `version list` lists, and where its images are: the Go k3d's own and k3s'. */
export const COMPONENTS: Readonly<
  Record<string, { registry: string; repository: string; image: string }>
> = {
  k3s: component("https://registry-1.docker.io", "rancher/k3s", "docker.io"),
  k3d: component("https://ghcr.io", "k3d-io/k3d", "ghcr.io"),
  "k3d-proxy": component("https://ghcr.io", "k3d-io/k3d-proxy", "ghcr.io"),
  "k3d-tools": component("https://ghcr.io", "k3d-io/k3d-tools", "ghcr.io"),
};

function component(registry: string, repository: string, host: string) {
  return { registry, repository, image: `${host}/${repository}` };
}

export type SortOrder = "asc" | "desc" | "off";

export interface TagFilter {
  /** Regular expression of the tags to show. */
  include: string;
  /** Regular expression of the tags to leave out; empty for none. */
  exclude: string;
  sort: SortOrder;
  /** How many at most; 0 for all. */
  limit: number;
}

/** Digests, builds for one architecture and releases before the real one. */
export const DEFAULT_EXCLUDE =
  "^sha-|.+(rc|engine|dind|alpha|beta|dev|test|arm|arm64|amd64|s390x).*";

/** @throws K3dError `INVALID_INPUT` for what is no regular expression */
export function filterTags(tags: readonly string[], filter: TagFilter): string[] {
  const include = expression(filter.include, "--include");
  const exclude = filter.exclude === "" ? undefined : expression(filter.exclude, "--exclude");
  const kept = tags.filter((tag) => include.test(tag) && exclude?.test(tag) !== true);
  const sorted = filter.sort === "off" ? kept : kept.toSorted(compareTags);
  if (filter.sort === "desc") sorted.reverse();
  return filter.limit > 0 ? sorted.slice(0, filter.limit) : sorted;
}

function expression(text: string, flag: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new K3dError(
      "INVALID_INPUT",
      `${flag} is not a regular expression: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "For example --include '^v1\\.36' or --exclude rc." },
    );
  }
}

/** By version, the older first; what is no version comes before all that are. */
export function compareTags(one: string, other: string): number {
  const [a, b] = [one, other].map(parts);
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index++) {
    const difference = (a?.[index] ?? -1) - (b?.[index] ?? -1);
    if (difference !== 0) return difference;
  }
  return one < other ? -1 : one > other ? 1 : 0;
}

/** `[1, 36, 4, 1]` of `v1.36.4-k3s1`; a release comes after its candidates. */
function parts(tag: string): number[] {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+.](.*))?$/.exec(tag);
  if (match === null) return [];
  const [, major, minor = "0", patch = "0", rest = ""] = match;
  const isCandidate = /rc|alpha|beta|dev/.test(rest);
  const numbers = [...rest.matchAll(/\d+/g)].map(([digits]) => Number(digits));
  return [Number(major), Number(minor), Number(patch), isCandidate ? 0 : 1, ...numbers];
}
