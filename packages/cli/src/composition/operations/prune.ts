export { PruneService as default } from "@k3d/core";
