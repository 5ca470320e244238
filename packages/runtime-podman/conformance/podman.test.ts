import { homedir } from "node:os";
import * as vitest from "vitest";
import { runtimeConformance } from "@k3d/runtime-conformance";
import factory from "../src/index.js";

runtimeConformance({
  ...vitest,
  factory,
  images: { busybox: "k3d.local/busybox:dev" },
  unreachable: {
    env: { ...process.env, CONTAINER_HOST: "unix:///nonexistent/podman.sock" },
    homeDir: homedir(),
    platform: process.platform,
  },
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});
