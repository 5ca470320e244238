export { NodeService as default } from "@k3d/core";
