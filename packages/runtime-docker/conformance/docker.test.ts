import { homedir } from "node:os";
import * as vitest from "vitest";
import { runtimeConformance } from "@k3d/runtime-conformance";
import factory from "../src/index.js";
import { PATIENCE } from "../../../test/patience.ts";
import { startLocalRegistry } from "./support/local-registry.js";

const busybox = "k3d.local/busybox:dev";
const registry = await startLocalRegistry(busybox);
vitest.afterAll(() => registry.remove());

runtimeConformance({
  ...vitest,
  factory,
  images: { busybox, pullable: registry.pullable },
  runtimeOptions: registry.loggedIn,
  unreachable: {
    env: { DOCKER_HOST: "unix:///nonexistent/docker.sock" },
    homeDir: homedir(),
    platform: process.platform,
  },
  patience: PATIENCE,
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});
