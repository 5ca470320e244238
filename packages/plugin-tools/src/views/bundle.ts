import { formatBytes, type BundleContents, type BundledImage } from "@k3d/core";
import { renderTable } from "@k3d/plugin-kit";

/** What the commands of bundles print with `--json`. */
export interface BundleJson {
  images: BundledImage[];
  /** Name of the config file in it; absent when there is none. */
  config?: string;
}

export function bundleJson({ images, config }: BundleContents): BundleJson {
  return { images, ...(config === undefined ? {} : { config: config.file }) };
}

/** A line for each image, and one for the config file. */
export function bundleTable({ images, config }: BundleContents, headers: boolean): string {
  const rows = images.map(({ name, role, platforms, size }) => [
    name,
    role,
    platforms.join(","),
    formatBytes(size),
  ]);
  if (config !== undefined)
    rows.push([config.file, "config", "", formatBytes(Buffer.byteLength(config.text))]);
  return renderTable(headers ? ["NAME", "ROLE", "PLATFORM", "SIZE"] : undefined, rows);
}
