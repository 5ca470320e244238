export * from "@k3d/core/runtime";
