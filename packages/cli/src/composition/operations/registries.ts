export { RegistryService as default } from "@k3d/core";
