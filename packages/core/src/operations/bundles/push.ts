import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { once } from "node:events";
import { parseImageReference } from "../../image/reference.js";
import { imagesOf, type ArchivedImage } from "../images/archive/images.js";
import { readArchive } from "../images/archive/read.js";
import type { ArchiveReceiver } from "../images/archive/receiver.js";
import { tarStream } from "../images/archive/tar-stream.js";
import type { BundleContents } from "./documents.js";
import { archiveOf } from "./read.js";
import { RegistryUpload } from "./registry-upload.js";

/** An image of a bundle, and where in a registry it goes. */
interface Destination {
  name: string;
  repository: string;
  tag: string;
}

/**
 * Uploads images of a bundle that was checked to a registry; what the registry has is not sent.
 *
 * @param origin e.g. `http://localhost:5000`
 * @returns the images by their names, each as `repository:tag` within the registry
 * @throws `REMOTE_UNAVAILABLE`, `ABORTED`, and as `inspectBundle`.
 */
export async function pushBundle(
  path: string,
  { images }: Pick<BundleContents, "images">,
  origin: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const upload = new RegistryUpload(origin, signal);
  const wanted = images.map(({ name }) => destinationOf(name));
  const known = await archiveOf(path, images, signal);
  const found = imagesOf(known).flatMap((image) =>
    wanted.filter(({ name }) => image.names.includes(name)).map((to) => ({ image, to })),
  );
  const repositories = new Map<string, string[]>();
  const blobs = new Map(
    found.flatMap(({ image }) => blobsOf(image)).map((blob) => [blob.digest, blob]),
  );
  for (const { image, to } of found) {
    for (const { digest } of blobsOf(image)) {
      const of = repositories.get(digest) ?? [];
      if (!of.includes(to.repository)) repositories.set(digest, [...of, to.repository]);
    }
  }
  const receiver = new Uploads(upload, await lacked(upload, repositories));
  const source = await tarStream(createReadStream(path), path);
  await readArchive(source, [receiver], { name: path, signal, canReopen: false });
  // Configurations are documents, which are read, not written.
  const documents = new Map(known.documents());
  for (const [digest, [first = "", ...others]] of repositories) {
    const content = documents.get(digest);
    if (content !== undefined && receiver.wanted.has(digest))
      await upload.blob(first, digest, content.length, new PassThrough().end(content));
    for (const other of others) {
      if (await upload.has(other, digest)) continue;
      const { size = 0 } = blobs.get(digest) ?? {};
      if (!(await upload.mount(other, digest, first)))
        await upload.copy({ digest, size }, first, other);
    }
  }
  for (const { image, to } of found) {
    for (const { manifest } of image.platforms)
      await upload.manifest(to.repository, manifest.digest, documentOf(documents, manifest));
    await upload.manifest(to.repository, to.tag, documentOf(documents, image.target));
  }
  return new Map(found.map(({ to }) => [to.name, `${to.repository}:${to.tag}`]));
}

/** `docker.io/library/app:1` is `app:1` in a registry of one's own, as a push by hand names it. */
function destinationOf(name: string): Destination {
  const { path, tag = "latest" } = parseImageReference(name);
  return { name, repository: path.replace(/^library\//, ""), tag };
}

const blobsOf = ({ platforms }: ArchivedImage): { digest: string; size: number }[] =>
  platforms.flatMap(({ config, layers }) => [config, ...layers]);

function documentOf(
  documents: ReadonlyMap<string, Buffer>,
  { digest, mediaType }: { digest: string; mediaType: string },
): { mediaType: string; content: Buffer } {
  return { mediaType, content: documents.get(digest) ?? Buffer.alloc(0) };
}

/** Digest → the repository that it is to be sent to. */
async function lacked(
  upload: RegistryUpload,
  repositories: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, string>> {
  const wanted = new Map<string, string>();
  for (const [digest, [first = ""]] of repositories) {
    if (!(await upload.has(first, digest))) wanted.set(digest, first);
  }
  return wanted;
}

/** Sends the layers that are wanted, while the bundle is read. */
class Uploads implements ArchiveReceiver {
  readonly present: ReadonlyMap<string, number> = new Map();
  readonly missing = new Set<string>();
  readonly isOver = false;
  #current: { body: PassThrough; done: Promise<void> } | undefined;

  constructor(
    private readonly upload: RegistryUpload,
    readonly wanted: ReadonlyMap<string, string>,
  ) {}

  canSpare(_size: number, digest: string | undefined): boolean {
    return digest === undefined || !this.wanted.has(digest);
  }

  spare(): void {}

  begin(name: string, size: number): void {
    const digest = `sha256:${name.replace("blobs/sha256/", "")}`;
    const body = new PassThrough();
    const done = this.upload.blob(this.wanted.get(digest) ?? "", digest, size, body);
    done.catch(() => body.destroy());
    this.#current = { body, done };
  }

  async write(chunk: Buffer): Promise<void> {
    const { body, done } = this.#current ?? {};
    if (body === undefined || body.destroyed) return done;
    if (!body.write(chunk)) await Promise.race([once(body, "drain"), done]);
  }

  async end(): Promise<void> {
    const { body, done } = this.#current ?? {};
    this.#current = undefined;
    body?.end();
    await done;
  }
}
