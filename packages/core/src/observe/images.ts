import { isK3dError } from "../errors/index.js";
import type { CallOptions } from "../runtime/common.js";
import type { ImageInfo } from "../runtime/images.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** Tells of images, asking for each once; nothing of one that is gone. */
export function imagesOnce(
  runtime: ContainerRuntime,
  options: CallOptions,
): (image: string) => Promise<ImageInfo | undefined> {
  const known = new Map<string, Promise<ImageInfo | undefined>>();
  const ask = async (image: string): Promise<ImageInfo | undefined> => {
    try {
      return await runtime.images.inspect(image, options);
    } catch (error) {
      if (isK3dError(error, "IMAGE_NOT_FOUND", "NOT_FOUND", "INVALID_INPUT")) return undefined;
      throw error;
    }
  };
  return (image) => {
    const answer = known.get(image) ?? ask(image);
    known.set(image, answer);
    return answer;
  };
}
