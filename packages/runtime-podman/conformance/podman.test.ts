import { homedir } from "node:os";
import * as vitest from "vitest";
import { runtimeConformance } from "@k3d/runtime-conformance";
import { PATIENCE } from "../../../test/patience.ts";
import factory from "../src/index.js";
import { startLocalRegistry } from "./local-registry.js";

const busybox = "k3d.local/busybox:dev";
const uid = process.geteuid?.();
const surroundings = {
  env: process.env,
  homeDir: homedir(),
  platform: process.platform,
  uid,
};
const registry = await startLocalRegistry(factory, surroundings, busybox);
vitest.afterAll(() => registry?.remove());

runtimeConformance({
  ...vitest,
  factory,
  images: registry === undefined ? { busybox } : { busybox, pullable: registry.pullable },
  runtimeOptions: registry?.options ?? surroundings,
  unreachable: {
    ...surroundings,
    env: { ...process.env, CONTAINER_HOST: "unix:///nonexistent/podman.sock" },
  },
  patience: PATIENCE,
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});
