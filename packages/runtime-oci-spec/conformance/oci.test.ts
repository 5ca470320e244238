import { homedir } from "node:os";
import * as vitest from "vitest";
import { runtimeConformance } from "@k3d/runtime-conformance";
import { PATIENCE } from "../../../test/patience.ts";
import factory from "../src/index.ts";

runtimeConformance({
  ...vitest,
  factory,
  images: { busybox: "k3d.local/busybox:dev" },
  unreachable: {
    env: { K3D_OCI_RUNTIME: "/nonexistent/runc" },
    homeDir: homedir(),
    platform: "linux",
    uid: 0,
  },
  patience: PATIENCE,
  report: ({ summary }) => process.stdout.write(`${summary}\n`),
});
