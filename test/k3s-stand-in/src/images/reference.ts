/** An image reference in its full form. */
export interface Reference {
  /** Registry host, with port where it has one. */
  host: string;
  repository: string;
  tag: string | undefined;
  digest: string | undefined;
}

/** Completes a reference as Docker does: `alpine` is `docker.io/library/alpine:latest`. Throws on malformed ones. */
export function parseReference(text: string): Reference {
  const [beforeDigest = "", digest] = text.split("@");
  const slash = beforeDigest.indexOf("/");
  const first = slash < 0 ? "" : beforeDigest.slice(0, slash);
  const hasHost = /[.:]/.test(first) || first === "localhost";
  const host = hasHost ? first : "docker.io";
  let path = hasHost ? beforeDigest.slice(slash + 1) : beforeDigest;
  const colon = path.lastIndexOf(":");
  const tag = colon > path.lastIndexOf("/") ? path.slice(colon + 1) : undefined;
  if (tag !== undefined) path = path.slice(0, colon);
  const repository = host === "docker.io" && !path.includes("/") ? `library/${path}` : path;
  const valid =
    /^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(repository) &&
    (tag === undefined || /^[\w][\w.-]{0,127}$/.test(tag)) &&
    (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest));
  if (!valid)
    throw new Error(`failed to parse reference ${JSON.stringify(text)}: invalid reference format`);
  return { host, repository, tag: tag ?? (digest ? undefined : "latest"), digest };
}

export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag ? `:${tag}` : ""}${digest ? `@${digest}` : ""}`;
}
