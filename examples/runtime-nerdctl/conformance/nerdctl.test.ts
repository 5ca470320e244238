import { homedir } from "node:os";
import { runtimeConformance } from "@k3d/runtime-conformance";
import * as vitest from "vitest";
import factory from "../src/index.js";

/** nerdctl's commands are Docker's, so where nerdctl is missing Docker's command line shows them. */
const env = { ...process.env, K3D_NERDCTL_COMMAND: process.env.K3D_NERDCTL_COMMAND ?? "docker" };
const surroundings = {
  env,
  homeDir: homedir(),
  platform: process.platform,
  uid: process.geteuid?.(),
};

runtimeConformance({
  ...vitest,
  factory,
  images: { busybox: process.env.BUSYBOX_IMAGE ?? "k3d.local/busybox:dev" },
  runtimeOptions: surroundings,
  unreachable: { ...surroundings, env: { ...env, DOCKER_HOST: "unix:///nonexistent/docker.sock" } },
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});
