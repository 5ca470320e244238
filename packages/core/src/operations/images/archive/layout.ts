import { K3dError } from "../../../errors/index.js";
import type { ArchiveContents } from "./contents.js";
import { ANNOTATIONS, FILES, MEDIA_TYPES, type Descriptor, type ImageIndex } from "./documents.js";
import { imagesOf, type ArchivedImage, type PlatformImage } from "./images.js";
import { formatPlatform, isPlatform, parsePlatform, runsOn } from "./platforms.js";
import type { ArchiveSink } from "./sink.js";

/** Which platforms of images are wanted: all, one (`os/arch[/variant]`), or what a machine runs. */
export type PlatformChoice = { all: true } | { only: string } | { machine: string };

/** An image of an archive with the names that nodes get to know it by. */
export interface NamedImage {
  names: string[];
  image: ArchivedImage;
}

/**
 * The images of an archive that are to be imported.
 *
 * @param namesOf the names under which an image of the archive is wanted, none to leave it out.
 * @throws `INVALID_INPUT`: no image with a name, wrong platform, parts missing.
 */
export function chosenImages(
  contents: ArchiveContents,
  namesOf: (image: ArchivedImage) => string[],
  choice: PlatformChoice,
): NamedImage[] {
  const all = imagesOf(contents);
  const named = all
    .map((image): NamedImage => ({ names: namesOf(image), image }))
    .filter(({ names }) => names.length > 0)
    .map(({ names, image }) => ({ names, image: chosenPlatforms(contents, image, names, choice) }));
  if (named.length > 0) return named;
  const what = all.length === 1 ? "an image without a name" : `${all.length} images without names`;
  throw new K3dError(
    "INVALID_INPUT",
    all.length === 0
      ? `Archive ${contents.name} holds no image`
      : `Archive ${contents.name} holds ${what}, which no pod could ask for`,
    { hint: "Save the image by its name and tag, not by its id: docker save NAME:TAG" },
  );
}

function chosenPlatforms(
  contents: ArchiveContents,
  image: ArchivedImage,
  names: readonly string[],
  choice: PlatformChoice,
): ArchivedImage {
  if ("all" in choice) {
    return image.isPartial ? withOwnIndex(contents, image, image.platforms) : image;
  }
  const wantedPlatform = parsePlatform("only" in choice ? choice.only : choice.machine);
  const exact = image.platforms.filter(({ platform }) => isPlatform(platform, wantedPlatform));
  const platforms =
    exact.length > 0 || "only" in choice
      ? exact
      : image.platforms.filter(({ platform }) => runsOn(platform, wantedPlatform));
  if (platforms.length > 0) return { ...image, platforms };
  const there = image.platforms.map(({ platform }) => formatPlatform(platform)).join(", ");
  const wanted =
    "only" in choice ? `not for ${choice.only}` : `and the nodes are ${choice.machine}`;
  throw new K3dError("INVALID_INPUT", `Image ${names.join(", ")} is for ${there}, ${wanted}`, {
    hint:
      "only" in choice
        ? "Name a platform that it is for."
        : "Build it for the nodes' platform; --platform takes another one for nodes that can emulate it.",
  });
}

function withOwnIndex(
  contents: ArchiveContents,
  image: ArchivedImage,
  platforms: PlatformImage[],
): ArchivedImage {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: platforms.map(({ manifest, platform }) => ({ ...manifest, platform })),
  };
  const { digest, size } = contents.addDocument(Buffer.from(JSON.stringify(index)));
  return {
    ...image,
    target: { mediaType: MEDIA_TYPES.ociIndex, digest, size },
    platforms,
    isPartial: false,
  };
}

/** Blobs that a sink still lacks of what the images are made of. */
export function lackedBlobs(
  contents: ArchiveContents,
  images: readonly NamedImage[],
  sink: ArchiveSink,
): Descriptor[] {
  return images.flatMap(({ image }) =>
    image.platforms.flatMap(({ config, layers }) =>
      [config, ...layers].filter(
        ({ digest }) => !contents.has(digest) && !sink.present.has(digest),
      ),
    ),
  );
}

/**
 * Completes a sink's archive: the documents, and last what makes an OCI layout of it, so that an
 * archive that is cut short names no image.
 */
export async function finishLayout(
  contents: ArchiveContents,
  images: readonly NamedImage[],
  sink: ArchiveSink,
): Promise<void> {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: images.flatMap(({ names, image }) =>
      names.map((name) => ({
        ...image.target,
        annotations: { [ANNOTATIONS.containerdName]: name },
      })),
    ),
  };
  for (const [digest, content] of contents.documents()) {
    await sink.file(`blobs/sha256/${digest.replace("sha256:", "")}`, content);
  }
  await sink.file(FILES.index, Buffer.from(JSON.stringify(index)));
  await sink.file(FILES.layout, Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" })));
  sink.finish();
}
