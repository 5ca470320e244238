export * from "@k3d/plugin-kit";
