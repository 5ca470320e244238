export { KubeconfigService as default } from "@k3d/core";
