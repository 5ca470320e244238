import { expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import { clusterView } from "../testing/views.js";
import Complete from "./complete.js";

const services = {
  listing: {
    clusters: async () => [
      clusterView({ name: "alpha" }),
      clusterView({ name: "$(touch owned)" }),
      clusterView({ name: "-rf" }),
    ],
  },
} as never;

it("prints the names of each kind, and only such that no shell evaluates", async () => {
  vi.stubEnv("KUBECONFIG", "/nowhere/kubeconfig");
  const { stdout, exitCode } = await runCommand(Complete, ["clusters", "contexts"], services);
  expect({ stdout, exitCode }).toEqual({ stdout: "alpha\n", exitCode: 0 });
});

it("says nothing where nothing can be asked", async () => {
  const broken = {
    listing: { clusters: () => Promise.reject(new Error("no engine")) },
  } as never;
  expect(await runCommand(Complete, ["clusters"], broken)).toMatchObject({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
});
