export { SnapshotService as default } from "@k3d/core";
