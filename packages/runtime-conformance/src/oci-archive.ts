import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { tarOf } from "./archive.js";

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

/** Two blocks of zeros: a tar archive without entries. */
const EMPTY_LAYER = "\0".repeat(1024);

/** An image without files as an OCI image layout in a tar stream, with the label `form=oci`. */
export function ociArchive(reference: string, architecture: string): Readable {
  const blobs = new Map<string, string>();
  const add = (mediaType: string, content: string): Descriptor => {
    const hex = createHash("sha256").update(content).digest("hex");
    blobs.set(`blobs/sha256/${hex}`, content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  const layer = add("application/vnd.oci.image.layer.v1.tar", EMPTY_LAYER);
  const config = add(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify({
      os: "linux",
      architecture,
      config: { Labels: { form: "oci" } },
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    }),
  );
  const manifest = add(
    "application/vnd.oci.image.manifest.v1+json",
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [layer],
    }),
  );
  const annotations = {
    "org.opencontainers.image.ref.name": reference,
    "io.containerd.image.name": reference,
  };
  return tarOf([
    { name: "oci-layout", content: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    {
      name: "index.json",
      content: JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
    },
    { name: "blobs", type: "directory" },
    { name: "blobs/sha256", type: "directory" },
    ...[...blobs].map(([name, content]) => ({ name, content })),
  ]);
}
