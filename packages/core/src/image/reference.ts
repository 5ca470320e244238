import { K3dError, shorten } from "../errors/index.js";

const DEFAULT_DOMAIN = "docker.io";
/** The former name of {@link DEFAULT_DOMAIN}, which old configurations still use. */
const LEGACY_DEFAULT_DOMAIN = "index.docker.io";
const OFFICIAL_NAMESPACE = "library/";
const DEFAULT_TAG = "latest";
/** The limit of the OCI distribution specification for domain and path together. */
const NAME_MAX_LENGTH = 255;

const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]+)?$`);
const PATH_COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,}$/;
const IMAGE_ID = /^(?:sha256:)?[0-9a-f]{64}$/;

/**
 * The parts of an image reference, with all defaults filled in.
 *
 * Grammar and defaults are those of Docker and of containerd
 * (https://github.com/distribution/reference): `nginx` means
 * `docker.io/library/nginx:latest`.
 */
export interface ImageReference {
  /** Registry host, with its port where one was given. */
  domain: string;
  /** Repository within the registry, e.g. `library/nginx`. */
  path: string;
  /** Absent only where a digest is given without a tag. */
  tag?: string;
  /** `algorithm:hex`. */
  digest?: string;
}

/**
 * Reads a full or familiar image reference.
 *
 * @throws `INVALID_INPUT`.
 */
export function parseImageReference(text: string): ImageReference {
  if (isImageId(text)) throw invalid(text, "it is an image id, not a reference");
  const [beforeDigest, digest] = splitOnce(text, text.indexOf("@"));
  const lastColon = beforeDigest.lastIndexOf(":");
  const hasTag = lastColon > beforeDigest.lastIndexOf("/");
  const [name, tag] = splitOnce(beforeDigest, hasTag ? lastColon : -1);
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw invalid(text, `${quote(digest)} is not a digest`);
  }
  if (tag !== undefined && !TAG.test(tag)) {
    const release = tag.replaceAll("+", "-");
    throw invalid(
      text,
      `${quote(tag)} is not a tag`,
      release !== tag && TAG.test(release)
        ? `The tag of that release is written with a hyphen: "${release}"`
        : undefined,
    );
  }

  const { domain, path } = splitDomain(name);
  if (!DOMAIN.test(domain)) throw invalid(text, `${quote(domain)} is not a registry host`);
  if (!PATH.test(path)) {
    const written = path === `${OFFICIAL_NAMESPACE}${name}` ? name : path;
    throw invalid(
      text,
      written === ""
        ? "a repository name is missing"
        : `${quote(written)} is not a repository name`,
    );
  }
  if (domain.length + path.length + 1 > NAME_MAX_LENGTH) {
    throw invalid(text, `its name is longer than ${NAME_MAX_LENGTH} characters`);
  }
  const reference: ImageReference = { domain, path };
  if (tag !== undefined) reference.tag = tag;
  else if (digest === undefined) reference.tag = DEFAULT_TAG;
  if (digest !== undefined) reference.digest = digest;
  return reference;
}

/** The full reference: registry, repository and tag or digest are all spelt out. */
export function formatImageReference({ domain, path, tag, digest }: ImageReference): string {
  return `${domain}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/**
 * `text` as a full reference, e.g. `nginx` as `docker.io/library/nginx:latest`.
 * Idempotent.
 *
 * @throws `INVALID_INPUT`.
 */
export function fullImageReference(text: string): string {
  return formatImageReference(parseImageReference(text));
}

/** Whether two references, full or familiar, mean the same image. Invalid ones mean none. */
export function isSameImageReference(one: string, other: string): boolean {
  try {
    return fullImageReference(one) === fullImageReference(other);
  } catch {
    return false;
  }
}

/** Whether `text` names its registry: what `nginx` and `library/nginx` do not. */
export function namesRegistry(text: string): boolean {
  const slash = text.indexOf("/");
  return slash !== -1 && isDomain(text.slice(0, slash));
}

/** Whether `text` is the content id of an image (64 hexadecimal digits), which is no reference. */
export function isImageId(text: string): boolean {
  return IMAGE_ID.test(text);
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const named = slash !== -1 && isDomain(first);
  const domain = named && first !== LEGACY_DEFAULT_DOMAIN ? first : DEFAULT_DOMAIN;
  const path = named ? name.slice(slash + 1) : name;
  const isOfficial = domain === DEFAULT_DOMAIN && !path.includes("/");
  return { domain, path: isOfficial ? `${OFFICIAL_NAMESPACE}${path}` : path };
}

function isDomain(component: string): boolean {
  return component === "localhost" || /[.:A-Z[]/.test(component);
}

function splitOnce(text: string, index: number): [string, string | undefined] {
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function invalid(
  text: string,
  why: string,
  hint = "Write it as [REGISTRY/]REPOSITORY[:TAG][@DIGEST], in lower case",
): K3dError {
  return new K3dError("INVALID_INPUT", `Invalid image reference ${quote(shorten(text))}: ${why}`, {
    hint,
    details: { input: shorten(text) },
  });
}
