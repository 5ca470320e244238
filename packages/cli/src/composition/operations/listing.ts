export { ListingService as default } from "@k3d/core";
