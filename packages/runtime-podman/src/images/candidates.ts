import { fullImageReference, isImageId, namesRegistry } from "@k3d/core/runtime";

/** Where podman puts what it builds or loads under a name without a registry. */
const LOCAL_REGISTRY = "localhost";

/**
 * The full references under which podman may keep an image, in the order to
 * ask for them. Short names are never left to podman, whose answer depends on
 * registries.conf.
 *
 * @throws `INVALID_INPUT`.
 */
export function imageCandidates(reference: string): string[] {
  if (isImageId(reference)) return [reference];
  const full = fullImageReference(reference);
  if (namesRegistry(reference)) return [full];
  return [full, fullImageReference(`${LOCAL_REGISTRY}/${reference}`)];
}
