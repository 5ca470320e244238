import { createHash } from "node:crypto";
import type { Paths } from "../paths.ts";
import { ArgumentError, parseToolArgs } from "./args.ts";
import { columns, decimalSize } from "./format.ts";
import type { ImageStore } from "./image-store.ts";
import { formatReference, parseReference } from "./reference.ts";
import type { ImageConfig, StoredImage } from "./types.ts";

const globalFlags = {
  config: true,
  c: true,
  debug: false,
  D: false,
  "image-endpoint": true,
  i: true,
  "runtime-endpoint": true,
  r: true,
  timeout: true,
  t: true,
};
const namespace = "k8s.io";

/** An image as the CRI lists it: all names of one configuration together. */
interface CriImage {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: string;
}

function criImages(store: ImageStore): CriImage[] {
  const byId = new Map<string, StoredImage[]>();
  for (const image of store.list(namespace))
    byId.set(image.configDigest, [...(byId.get(image.configDigest) ?? []), image]);
  return [...byId].map(([id, images]) => ({
    id,
    repoTags: images
      .filter(({ name }) => !name.startsWith("sha256:") && !name.includes("@"))
      .map(({ name }) => name),
    repoDigests: images.filter(({ name }) => name.includes("@")).map(({ name }) => name),
    size: String(images[0]?.size ?? 0),
  }));
}

/** Fields of the CRI's answer that say nothing here. */
const unused = {
  uid: null,
  username: "",
  spec: { image: "", annotations: {}, userSpecifiedImage: "", runtimeHandler: "" },
  pinned: false,
};

/** The configuration of an image, and the digest that stands for all of its layers. */
function infoOf({ id }: CriImage, store: ImageStore): Record<string, unknown> {
  if (!store.content.has(id)) return {};
  const imageSpec = store.content.readJson<ImageConfig>(id);
  const chainID = (imageSpec.rootfs?.diff_ids ?? []).reduce(
    (chain, layer) => `sha256:${createHash("sha256").update(`${chain} ${layer}`).digest("hex")}`,
  );
  return { chainID, imageSpec };
}

function findImage(store: ImageStore, name: string): CriImage | undefined {
  const images = criImages(store);
  const byId = images.find(
    ({ id }) => id === name || (/^[0-9a-f]{3,64}$/.test(name) && id.startsWith(`sha256:${name}`)),
  );
  if (byId) return byId;
  let full: string;
  try {
    full = formatReference(parseReference(name));
  } catch {
    return undefined;
  }
  return images.find(({ repoTags, repoDigests }) => [...repoTags, ...repoDigests].includes(full));
}

/** `crictl images|pull|rmi|inspecti|info|version|ps|pods`. */
export async function runCrictl(
  args: string[],
  paths: Paths,
  open: () => Promise<ImageStore>,
): Promise<void> {
  const { positional } = parseToolArgs(args, globalFlags, true);
  const [command = "", ...rest] = positional;
  if (command === "version")
    return write(
      "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.3.4-k3s1.36\nRuntimeApiVersion:  v1\n",
    );
  const store = await open();
  try {
    switch (command) {
      case "images":
      case "image":
      case "img":
        return listImages(rest, store);
      case "pull":
        return await pullImage(rest, store, paths);
      case "rmi":
        return removeImages(rest, store);
      case "inspecti":
        return inspectImage(rest, store);
      case "info":
        return write(
          `${JSON.stringify(
            {
              status: {
                conditions: [
                  { type: "RuntimeReady", status: true, reason: "", message: "" },
                  { type: "NetworkReady", status: true, reason: "", message: "" },
                ],
              },
            },
            null,
            2,
          )}\n`,
        );
      case "ps":
        return write(
          columns(
            [["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD"]],
            2,
          ),
        );
      case "pods":
        return write(
          columns([["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"]], 2),
        );
      default:
        throw new ArgumentError(`No help topic for '${command}'`);
    }
  } finally {
    store.close();
  }
}

function write(text: string): void {
  process.stdout.write(text);
}

function listImages(args: string[], store: ImageStore): void {
  const { flags, positional } = parseToolArgs(args, {
    output: true,
    o: true,
    quiet: false,
    q: false,
    "no-trunc": false,
    digests: false,
    verbose: false,
    v: false,
  });
  const [filter] = positional;
  const images = criImages(store).filter(
    (image) =>
      !filter ||
      image === findImage(store, filter) ||
      image.repoTags.some(
        (tag) =>
          tag.replace(/:[^:/]*$/, "") ===
          formatReference(parseReference(filter)).replace(/:[^:/]*$/, ""),
      ),
  );
  const output = flags.get("output") ?? flags.get("o");
  if (output === "json")
    return write(
      `${JSON.stringify({ images: images.map((image) => ({ ...image, ...unused })) }, null, 2)}\n`,
    );
  if (flags.has("quiet") || flags.has("q"))
    return write(images.map(({ id }) => `${id}\n`).join(""));
  const rows = images.flatMap(({ id, repoTags, size }) => {
    const shortId = flags.has("no-trunc") ? id : id.slice(7, 20);
    return (repoTags.length ? repoTags : ["<none>:<none>"]).map((tag) => {
      const colon = tag.lastIndexOf(":");
      return [tag.slice(0, colon), tag.slice(colon + 1), shortId, decimalSize(Number(size))];
    });
  });
  write(columns([["IMAGE", "TAG", "IMAGE ID", "SIZE"], ...rows], 3));
}

async function pullImage(args: string[], store: ImageStore, paths: Paths): Promise<void> {
  const { flags, positional } = parseToolArgs(args, {
    auth: true,
    creds: true,
    annotation: true,
    a: true,
    "pod-config": true,
  });
  const [name] = positional;
  if (!name) throw new ArgumentError("ID cannot be empty");
  const { pull } = await import("./pull.ts");
  const credentials = flags.get("creds");
  const image = await pull(store, paths, name, {
    namespace,
    hostsDirectory: paths.agent("etc", "containerd", "certs.d"),
    useConfiguredAuth: true,
    ...(credentials ? { credentials } : {}),
  }).catch((error: Error) => {
    throw new Error(
      `pulling image: failed to pull and unpack image ${JSON.stringify(formatReference(parseReference(name)))}: ${error.message}`,
    );
  });
  write(`Image is up to date for ${image.configDigest}\n`);
}

function removeImages(args: string[], store: ImageStore): void {
  const { flags, positional } = parseToolArgs(args, {
    all: false,
    a: false,
    prune: false,
    q: false,
  });
  const names =
    flags.has("all") || flags.has("a") ? criImages(store).map(({ id }) => id) : positional;
  for (const name of names) {
    const image = findImage(store, name);
    if (!image) throw new Error(`no such image ${name}`);
    const known = store.list(namespace).filter(({ configDigest }) => configDigest === image.id);
    for (const { name: each } of known) store.remove(namespace, each);
    for (const tag of image.repoTags) write(`Deleted: ${tag}\n`);
  }
}

function inspectImage(args: string[], store: ImageStore): void {
  const { positional } = parseToolArgs(args, {
    output: true,
    o: true,
    quiet: false,
    q: false,
    template: true,
  });
  const [name = ""] = positional;
  const image = findImage(store, name);
  if (!image) throw new Error(`no such image ${JSON.stringify(name)} present`);
  const status = { ...image, ...unused };
  write(`${JSON.stringify({ status, info: infoOf(image, store) }, null, 2)}\n`);
}
