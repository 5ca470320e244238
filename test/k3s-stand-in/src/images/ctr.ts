import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Paths } from "../paths.ts";
import { ArgumentError, parseToolArgs } from "./args.ts";
import { binarySize, columns } from "./format.ts";
import type { ImageStore } from "./image-store.ts";
import { importArchive } from "./import.ts";
import type { Platform, StoredImage } from "./types.ts";

type Open = () => Promise<ImageStore>;

const globalFlags = {
  namespace: true,
  n: true,
  address: true,
  a: true,
  debug: false,
  timeout: true,
  "connect-timeout": true,
};
const importFlags = {
  "base-name": true,
  digests: false,
  "skip-digest-for-named": false,
  "index-name": true,
  "all-platforms": false,
  platform: true,
  "no-unpack": false,
  local: false,
  "compress-blobs": false,
  "discard-unpacked-layers": false,
  snapshotter: true,
  label: true,
  "sync-fs": false,
};
const pullFlags = {
  "skip-verify": false,
  "plain-http": false,
  user: true,
  u: true,
  refresh: true,
  "hosts-dir": true,
  tlscacert: true,
  tlscert: true,
  tlskey: true,
  snapshotter: true,
  label: true,
  platform: true,
  "all-platforms": false,
  "all-metadata": false,
  "print-chainid": false,
  "max-concurrent-downloads": true,
  local: false,
};

function platformOf(text: string | undefined): Platform | undefined {
  if (!text) return undefined;
  const [os = "linux", architecture = "amd64", variant] = text.split("/");
  return { os, architecture, ...(variant ? { variant } : {}) };
}

interface Context {
  namespace: string;
  paths: Paths;
  open: Open;
}

/** `ctr [global flags] images <command>`; source: containerd's `cmd/ctr`. */
export async function runCtr(args: string[], paths: Paths, open: Open): Promise<void> {
  const { flags, positional } = parseToolArgs(args, globalFlags, true);
  const namespace =
    flags.get("namespace") ?? flags.get("n") ?? process.env["CONTAINERD_NAMESPACE"] ?? "k8s.io";
  const [group = "", command = "", ...rest] = positional;
  const context: Context = { namespace, paths, open };
  if (group === "version" || group === "v")
    return write("Client:\n  Version:  v2.3.4-k3s1.36\n\nServer:\n  Version:  v2.3.4-k3s1.36\n");
  if (["content", "c"].includes(group)) {
    const { runContent } = await import("./ctr-content.ts");
    return runContent(command, rest, open);
  }
  if (!["images", "image", "i"].includes(group))
    throw new ArgumentError(`command ${JSON.stringify(group)} is not part of the k3s stand-in`);
  switch (command) {
    case "import":
      return importImages(rest, context);
    case "list":
    case "ls":
      return listImages(rest, context);
    case "check":
      return checkImages(rest, context);
    case "delete":
    case "del":
    case "remove":
    case "rm":
      return removeImages(rest, context);
    case "tag":
      return tagImage(rest, context);
    case "pull":
      return pullImage(rest, context);
    case "export":
      return exportImages(rest, context);
    default:
      throw new ArgumentError(
        `command ${JSON.stringify(`images ${command}`)} is not part of the k3s stand-in`,
      );
  }
}

function write(text: string): void {
  process.stdout.write(text);
}

async function importImages(args: string[], { namespace, open }: Context): Promise<void> {
  const { flags, positional } = parseToolArgs(args, importFlags);
  const [file] = positional;
  if (!file) throw new ArgumentError("please provide an image archive: invalid argument");
  if (flags.has("skip-digest-for-named") && !flags.has("digests"))
    throw new ArgumentError("--skip-digest-for-named must be specified with --digests");
  const store = await open();
  try {
    const source = file === "-" ? process.stdin : createReadStream(file);
    await new Promise<void>((resolve, reject) => {
      if (file === "-") return resolve();
      source.once("open", () => resolve());
      source.once("error", () => reject(new Error(`open ${file}: no such file or directory`)));
    });
    const platform = platformOf(flags.get("platform"));
    const baseName = flags.get("base-name");
    const images = await importArchive(store, source, {
      namespace,
      allPlatforms: flags.has("all-platforms"),
      ...(platform ? { platform } : {}),
      ...(baseName ? { baseName } : {}),
      digests: flags.has("digests")
        ? flags.has("skip-digest-for-named")
          ? "unnamed"
          : "all"
        : false,
      unpack: !flags.has("no-unpack"),
    });
    if (!flags.has("no-unpack"))
      for (const image of images)
        write(`unpacking ${image.name} (${image.target.digest})...done\n`);
  } finally {
    store.close();
  }
}

async function listImages(args: string[], { namespace, open }: Context): Promise<void> {
  const { flags, positional } = parseToolArgs(args, { quiet: false, q: false });
  const store = await open();
  const images = store
    .list(namespace)
    .filter(
      (image) => positional.length === 0 || positional.some((filter) => matches(image, filter)),
    );
  store.close();
  if (flags.has("q") || flags.has("quiet"))
    return write(images.map((image) => `${image.name}\n`).join(""));
  const rows = images.map((image) => [
    image.name,
    image.target.mediaType,
    image.target.digest,
    binarySize(image.size),
    image.platforms.join(","),
    labelsOf(image),
  ]);
  write(columns([["REF", "TYPE", "DIGEST", "SIZE", "PLATFORMS", "LABELS"], ...rows]));
}

function labelsOf(image: StoredImage): string {
  return image.namespace === "k8s.io" ? "io.cri-containerd.image=managed" : "-";
}

/** The filters of containerd that name an image: `name==x`, `name~=regex`, or a plain name. */
function matches(image: StoredImage, filter: string): boolean {
  const [, operator, value] = /^name(==|~=)(.*)$/.exec(filter) ?? [];
  if (operator === "~=")
    return new RegExp((value as string).replace(/^\/(.*)\/$|^"(.*)"$/, "$1$2")).test(image.name);
  return image.name === (value ?? filter).replace(/^"(.*)"$/, "$1");
}

async function checkImages(args: string[], { namespace, open }: Context): Promise<void> {
  const { flags } = parseToolArgs(args, { quiet: false, q: false, snapshotter: true });
  const store = await open();
  const images = store.list(namespace);
  store.close();
  if (flags.has("q") || flags.has("quiet"))
    return write(images.map((image) => `${image.name}\n`).join(""));
  const rows = images.map((image) => [
    image.name,
    image.target.mediaType,
    image.target.digest,
    "complete",
    binarySize(image.size),
    "true",
  ]);
  write(columns([["REF", "TYPE", "DIGEST", "STATUS", "SIZE", "UNPACKED"], ...rows]));
}

async function removeImages(args: string[], { namespace, open }: Context): Promise<void> {
  const { positional } = parseToolArgs(args, { sync: false });
  const store = await open();
  let failed: Error | undefined;
  for (const name of positional) {
    if (store.remove(namespace, name)) write(`${name}\n`);
    else failed ??= new Error(`image ${JSON.stringify(name)}: not found`);
  }
  store.close();
  if (failed) throw failed;
}

async function tagImage(args: string[], { namespace, open }: Context): Promise<void> {
  const { flags, positional } = parseToolArgs(args, {
    force: false,
    local: false,
    "skip-reference-check": false,
  });
  const [source = "", ...targets] = positional;
  if (targets.length === 0) throw new ArgumentError("please provide an image reference to tag to");
  const store = await open();
  try {
    const image = store.find(namespace, source);
    if (!image) throw new Error(`image ${JSON.stringify(source)}: not found`);
    for (const name of targets) {
      if (store.find(namespace, name) && !flags.has("force"))
        throw new Error(`image ${JSON.stringify(name)}: already exists`);
      store.save([{ ...image, name }]);
      write(`${name}\n`);
    }
  } finally {
    store.close();
  }
}

async function pullImage(args: string[], { namespace, paths, open }: Context): Promise<void> {
  const { flags, positional } = parseToolArgs(args, pullFlags);
  const [name] = positional;
  if (!name) throw new ArgumentError("please provide an image reference to pull");
  const store = await open();
  try {
    const { pull } = await import("./pull.ts");
    const platform = platformOf(flags.get("platform"));
    const credentials = flags.get("user") ?? flags.get("u");
    const image = await pull(store, paths, name, {
      namespace,
      // ctr, unlike the CRI, does not look at the mirrors of its own accord.
      hostsDirectory: flags.get("hosts-dir"),
      plainHttp: flags.has("plain-http"),
      skipVerify: flags.has("skip-verify"),
      allPlatforms: flags.has("all-platforms"),
      ...(platform ? { platform } : {}),
      ...(credentials ? { credentials } : {}),
    });
    write(`unpacking ${image.platforms[0]} ${image.target.digest}...\ndone\n`);
  } finally {
    store.close();
  }
}

async function exportImages(args: string[], { namespace, open }: Context): Promise<void> {
  const { flags, positional } = parseToolArgs(args, {
    "all-platforms": false,
    platform: true,
    "skip-manifest-json": false,
    "skip-non-distributable": false,
    local: false,
  });
  const [file, ...names] = positional;
  if (!file || names.length === 0)
    throw new ArgumentError(
      "please provide both an output filename and an image reference to export",
    );
  const store = await open();
  try {
    const { exportArchive } = await import("./export.ts");
    const images = names.map((name) => {
      const image = store.find(namespace, name);
      if (!image) throw new Error(`image ${JSON.stringify(name)}: not found`);
      return image;
    });
    const { createWriteStream } = await import("node:fs");
    await pipeline(
      await exportArchive(store, images, flags.has("all-platforms")),
      file === "-" ? process.stdout : createWriteStream(file),
    );
  } finally {
    store.close();
  }
}
