import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../errors.ts";
import type { Paths } from "../paths.ts";
import { hostsFor } from "./hosts.ts";
import type { ImageStore } from "./image-store.ts";
import { register } from "./import.ts";
import { formatReference, parseReference, type Reference } from "./reference.ts";
import { type Credentials, RegistryClient, RegistryError } from "./registry-client.ts";
import { criPlugins } from "./registries.ts";
import {
  type Descriptor,
  hostPlatform,
  type Index,
  type Manifest,
  matchesPlatform,
  type Platform,
  type StoredImage,
} from "./types.ts";

export interface PullOptions {
  namespace: string;
  /** `certs.d` directory whose mirrors are honoured; undefined for none. */
  hostsDirectory: string | undefined;
  /** Whether the credentials in containerd's `config.toml` are used, as the CRI does. */
  useConfiguredAuth?: boolean;
  plainHttp?: boolean;
  skipVerify?: boolean;
  allPlatforms?: boolean;
  platform?: Platform;
  /** `user:password` */
  credentials?: string;
}

interface AuthTable {
  username?: string;
  password?: string;
  auth?: string;
}

/** Credentials by registry host, as `config.toml` was rendered at boot. */
async function configuredAuth(paths: Paths): Promise<Map<string, Credentials>> {
  const file = paths.agent("etc", "containerd", "config.toml");
  if (!existsSync(file)) return new Map();
  const { parse } = await import("smol-toml");
  const config = parse(readFileSync(file, "utf8")) as {
    plugins?: Record<string, { registry?: { configs?: Record<string, { auth?: AuthTable }> } }>;
  };
  const configs = Object.assign(
    {},
    ...Object.values(criPlugins).map((plugin) => config.plugins?.[plugin]?.registry?.configs),
  ) as Record<string, { auth?: AuthTable }>;
  return new Map(
    Object.entries(configs).flatMap(([host, { auth }]): [string, Credentials][] => {
      if (!auth) return [];
      const [username = "", password = ""] = auth.auth
        ? Buffer.from(auth.auth, "base64").toString().split(":")
        : [auth.username, auth.password];
      return [[host, { username, password }]];
    }),
  );
}

function credentialsFor(
  url: string,
  registry: string,
  configured: Map<string, Credentials>,
  given: string | undefined,
): Credentials | undefined {
  if (given) {
    const colon = given.indexOf(":");
    return { username: given.slice(0, colon), password: given.slice(colon + 1) };
  }
  const { host } = new URL(url);
  return (
    configured.get(host) ??
    (host === "registry-1.docker.io" || host === registry ? configured.get(registry) : undefined)
  );
}

/** Pulls an image from the first of its registry's servers that has it. */
export async function pull(
  store: ImageStore,
  paths: Paths,
  name: string,
  options: PullOptions,
): Promise<StoredImage> {
  const reference = parseReference(name);
  const hosts = await hostsFor(reference.host, options.hostsDirectory, options.plainHttp);
  if (hosts.length === 0)
    throw new Error(
      `failed to resolve reference ${JSON.stringify(formatReference(reference))}: no available registry endpoint`,
    );
  const configured = options.useConfiguredAuth
    ? await configuredAuth(paths)
    : new Map<string, Credentials>();
  const failures: unknown[] = [];
  for (const host of hosts) {
    const client = new RegistryClient(
      { ...host, skipVerify: host.skipVerify || (options.skipVerify ?? false) },
      credentialsFor(host.url, reference.host, configured, options.credentials),
    );
    try {
      return await pullFrom(client, store, reference, options);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(
    `failed to resolve reference ${JSON.stringify(formatReference(reference))}: ${messageOf(mostTelling(failures))}`,
  );
}

/** Of the errors of several servers the first of the highest priority, as containerd chooses. */
function mostTelling(failures: unknown[]): unknown {
  const priority = (error: unknown): number =>
    error instanceof RegistryError ? error.priority : 3;
  return failures.toSorted((a, b) => priority(b) - priority(a))[0];
}

async function pullFrom(
  client: RegistryClient,
  store: ImageStore,
  reference: Reference,
  options: PullOptions,
): Promise<StoredImage> {
  const repository = client.repository(reference.repository);
  const response = await client.get(
    `/${repository}/manifests/${reference.digest ?? reference.tag}`,
  );
  const { digest, size } = await store.content.write(response, reference.digest);
  const target: Descriptor = {
    mediaType: (response.headers["content-type"] ?? "").split(";")[0] as string,
    digest,
    size,
  };
  await fetchChildren(client, store, repository, target, options);
  const image = await register(store, formatReference(reference), target, {
    namespace: options.namespace,
    allPlatforms: options.allPlatforms ?? false,
    unpack: true,
    ...(options.platform ? { platform: options.platform } : {}),
  });
  const byDigest = { ...image, name: formatReference({ ...reference, tag: undefined, digest }) };
  store.save(
    options.namespace === "k8s.io"
      ? [image, byDigest, { ...image, name: image.configDigest }]
      : [image],
  );
  return image;
}

async function fetchChildren(
  client: RegistryClient,
  store: ImageStore,
  repository: string,
  descriptor: Descriptor,
  options: PullOptions,
): Promise<void> {
  const document = store.content.readJson<Manifest | Index>(descriptor.digest);
  if ("manifests" in document) {
    const wanted = options.platform ?? hostPlatform();
    for (const child of document.manifests) {
      if (!options.allPlatforms && !matchesPlatform(child.platform, wanted)) continue;
      if (!store.content.has(child.digest))
        await store.content.write(
          await client.get(`/${repository}/manifests/${child.digest}`),
          child.digest,
        );
      await fetchChildren(client, store, repository, child, options);
    }
    return;
  }
  for (const part of [document.config, ...document.layers]) {
    if (store.content.has(part.digest)) continue;
    await store.content.write(
      await client.get(`/${repository}/blobs/${part.digest}`, "*/*"),
      part.digest,
    );
  }
}
