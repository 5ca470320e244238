import { join } from "node:path";

/** The root folder of the checkout. */
export const CHECKOUT = join(import.meta.dirname, "..", "..", "..");

/** Where built images are kept between runs; git-ignored and safe to delete. */
export const IMAGE_CACHE = join(CHECKOUT, ".cache", "images");
