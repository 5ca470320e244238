const DEFAULT_DOMAIN = "docker.io";
const OFFICIAL_PREFIX = "library/";

export interface ImageReference {
  /** Registry host, e.g. `docker.io`, `k3d.local:5000`. */
  domain: string;
  /** Repository without the domain, e.g. `library/nginx`. */
  path: string;
  tag?: string;
  digest?: string;
}

/** Reads a full or familiar reference; `nginx` is `docker.io/library/nginx` (distribution's reference grammar). */
export function parseReference(reference: string): ImageReference {
  const [name = "", digest] = reference.split("@");
  const lastSlash = name.lastIndexOf("/");
  const colon = name.indexOf(":", lastSlash + 1);
  const repository = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  const slash = repository.indexOf("/");
  const first = slash < 0 ? "" : repository.slice(0, slash);
  const isDomain = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
  const domain = isDomain ? first.replace(/^index\.docker\.io$/, DEFAULT_DOMAIN) : DEFAULT_DOMAIN;
  const rest = isDomain ? repository.slice(slash + 1) : repository;
  return {
    domain,
    path: domain === DEFAULT_DOMAIN && !rest.includes("/") ? OFFICIAL_PREFIX + rest : rest,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The full form; without tag and digest it gets the tag `latest`. */
export function fullReference(reference: string): string {
  const { domain, path, tag, digest } = parseReference(reference);
  const suffix = `${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
  return `${domain}/${path}${suffix || ":latest"}`;
}
