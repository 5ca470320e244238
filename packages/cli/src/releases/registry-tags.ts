import { isK3dError, K3dError, toK3dError } from "@k3d/core";

/** Time for each answer of a registry. */
const TIME_LIMIT_MS = 10_000;
/** More pages than any repository has; a registry that always names a next one is given up on. */
const MAX_PAGES = 200;

export interface TagsOptions {
  fetch: typeof globalThis.fetch;
  /** Base URL of the registry, e.g. `https://ghcr.io`. */
  registry: string;
  /** Name of the repository there, e.g. `k3d-io/k3d`. */
  repository: string;
  signal: AbortSignal;
}

/**
 * Every tag of a repository that all may read, in the order of the registry
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags).
 *
 * @throws K3dError `REMOTE_UNAVAILABLE`, and what `signal` is aborted with
 */
export async function listTags(options: TagsOptions): Promise<string[]> {
  const { registry, repository } = options;
  const tags: string[] = [];
  let url: URL | undefined = new URL(`/v2/${repository}/tags/list?n=1000`, registry);
  let token: string | undefined;
  try {
    for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
      let response: Response = await ask(url, options, token);
      if (response.status === 401) {
        token = await anonymousToken(response, options);
        response = await ask(url, options, token);
      }
      if (!response.ok) throw new Error(`unexpected answer, status ${response.status}`);
      const body = (await response.json()) as { tags?: unknown } | null;
      if (!Array.isArray(body?.tags)) throw new Error("the answer is not a list of tags");
      tags.push(...body.tags.filter((tag): tag is string => typeof tag === "string"));
      url = nextPage(response.headers.get("link"), url);
    }
    return tags;
  } catch (error) {
    if (options.signal.aborted) throw toK3dError(options.signal.reason);
    if (isK3dError(error)) throw error;
    throw new K3dError(
      "REMOTE_UNAVAILABLE",
      `The tags of ${repository} cannot be listed at ${registry}: ${reason(error)}`,
      { hint: "Try again later, or name a mirror in K3D_VERSIONS_REGISTRY.", cause: error },
    );
  }
}

async function ask(
  url: URL,
  { fetch, signal }: TagsOptions,
  token: string | undefined,
): Promise<Response> {
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  return fetch(url, {
    signal: AbortSignal.any([signal, limit]),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

/** The token that the registry's own service gives to everybody. */
async function anonymousToken(response: Response, options: TagsOptions): Promise<string> {
  const challenge = response.headers.get("www-authenticate") ?? "";
  const fields = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const realm = fields.get("realm");
  if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm))
    throw new Error("it asks for a login");
  const url = new URL(realm);
  for (const name of ["service", "scope"]) {
    const value = fields.get(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const answer = await ask(url, options, undefined);
  const body = (await answer.json()) as { token?: unknown; access_token?: unknown } | null;
  const token = body?.token ?? body?.access_token;
  if (!answer.ok || typeof token !== "string") throw new Error("it issues no token");
  return token;
}

/** `</v2/…>; rel="next"` */
function nextPage(link: string | null, current: URL): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  return target !== undefined && URL.canParse(target, current.href)
    ? new URL(target, current.href)
    : undefined;
}

function reason(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
