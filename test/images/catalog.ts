import { DEFAULT_IMAGES } from "../../packages/core/src/model/defaults.ts";
import { SetupError } from "../engine/host/setup-error.ts";
import type { Recipe } from "./build/recipe.ts";
import { busybox } from "./recipes/busybox.ts";
import { k3sStandIn } from "./recipes/k3s-stand-in.ts";
import { loadbalancer } from "./recipes/loadbalancer.ts";
import { registry } from "./recipes/registry.ts";

export interface TestImage {
  readonly name: string;
  /** Reference of the image from a registry: what k3d uses by default, or what the developer named. */
  readonly real: string;
  /** Whether the developer named the real image, so that no other will do. */
  readonly named?: boolean;
  /** Reference of the offline image. */
  readonly offline: string;
  /** The variable that makes k3d use the offline image; tests alone use an image without one. */
  readonly variable?: string;
  readonly recipe: () => Recipe;
}

/** A node image of the developer's own choice, for example of another k3s release. */
const NODE_IMAGE = process.env["K3D_E2E_K3S_IMAGE"];

/** All images that k3d and its tests need. */
export const TEST_IMAGES: readonly TestImage[] = [
  {
    name: "busybox",
    real: "docker.io/library/busybox:stable",
    offline: "k3d.local/busybox:dev",
    recipe: () => busybox,
  },
  {
    name: "loadbalancer",
    real: DEFAULT_IMAGES.loadBalancer,
    offline: "k3d.local/loadbalancer:dev",
    variable: "K3D_IMAGE_LOADBALANCER",
    recipe: () => loadbalancer,
  },
  {
    name: "registry",
    real: DEFAULT_IMAGES.registry,
    offline: "k3d.local/registry:dev",
    variable: "K3D_IMAGE_REGISTRY",
    recipe: () => registry,
  },
  {
    name: "k3s-stand-in",
    real: NODE_IMAGE ?? DEFAULT_IMAGES.node,
    named: NODE_IMAGE !== undefined,
    offline: "k3d.local/k3s-stand-in:dev",
    variable: "K3D_IMAGE",
    recipe: k3sStandIn,
  },
];

/** @throws SetupError when no image has that name. */
export function testImage(name: string): TestImage {
  const image = TEST_IMAGES.find((candidate) => candidate.name === name);
  if (image !== undefined) return image;
  const known = TEST_IMAGES.map((candidate) => candidate.name).join(", ");
  throw new SetupError(`there is no test image "${name}"`, `known are ${known}`);
}
