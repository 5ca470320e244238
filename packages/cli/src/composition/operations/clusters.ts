export { ClusterService as default } from "@k3d/core";
