import {
  type AssembleOptions,
  type BundleContents,
  type ContainerRuntime,
  type ImageSource,
  inspectBundle,
  K3dError,
  loadBundle,
} from "@k3d/core";
import type { HelperImages } from "@k3d/plugin-kit";

/** What a bundle is to the creation of a cluster. */
export interface BundleBase {
  /** Text of its config file. */
  config?: string;
  /** Its node image, below config file and flags. */
  base?: AssembleOptions["base"];
  /** Its images of load balancer and registry. */
  helperImages: HelperImages;
  /** Its images for what runs in the cluster. */
  workload: ImageSource[];
  /** How many images it has. */
  images: number;
  loadInto(runtime: ContainerRuntime): Promise<void>;
}

/**
 * Reads and checks a bundle; the images in it are what the cluster is made of, whatever the
 * environment says of images.
 *
 * @throws `NOT_FOUND`, `INVALID_INPUT` (damaged, no bundle, without a node image).
 */
export async function readBundle(path: string, signal: AbortSignal): Promise<BundleBase> {
  const contents = await inspectBundle(path, signal);
  const image = nameOf(contents, "node");
  const loadBalancer = nameOf(contents, "loadbalancer");
  const registry = nameOf(contents, "registry");
  if (image === undefined) {
    throw new K3dError("INVALID_INPUT", `Bundle ${path} has no image for nodes`, {
      hint: "Write one with: k3d bundle create",
    });
  }
  return {
    config: contents.config?.text,
    base: {
      config: { apiVersion: "k3d.io/v1alpha5", kind: "Simple", image },
      origin: `bundle ${path}`,
    },
    helperImages: {
      ...(loadBalancer === undefined ? {} : { loadBalancer }),
      ...(registry === undefined ? {} : { registry }),
    },
    workload: contents.images
      .filter(({ role }) => role === "workload")
      .map(({ name: reference }) => ({ kind: "image", reference })),
    images: contents.images.length,
    async loadInto(runtime) {
      await loadBundle(runtime, path, signal, contents);
    },
  };
}

const nameOf = ({ images }: BundleContents, wanted: string): string | undefined =>
  images.find(({ role }) => role === wanted)?.name;
