export { ImageService as default } from "@k3d/core";
