import type { NodeView } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { runtimeOf } from "./find-runtime.js";

const listing = (runtime: string, ...clusters: string[]) => ({
  runtime,
  nodes: clusters.map(
    (cluster) =>
      ({ cluster, name: `k3d-${cluster}-server-0`, id: `${runtime}-${cluster}` }) as NodeView,
  ),
});
const LISTINGS = [listing("docker", "a", "both"), listing("podman", "b", "both")];

describe("runtimeOf", () => {
  it.each([
    [{ clusters: ["a"] }, "docker"],
    [{ clusters: ["b"] }, "podman"],
    [{ nodes: ["k3d-b-server-0"] }, "podman"],
    [{ nodes: ["b-server-0"] }, "podman"],
    [{ clusters: ["k3d-b"] }, "podman"],
    [{ clusters: ["a"], nodes: ["k3d-a-server-0"] }, "docker"],
    [{ clusters: ["a", "nowhere"] }, "docker"],
    [{ clusters: ["nowhere"] }, undefined],
    [{}, undefined],
  ])("%j is on %s", (wanted, runtime) => {
    expect(runtimeOf(wanted, LISTINGS)).toBe(runtime);
  });

  it("refuses to guess between two of the same name", () => {
    expect(() => runtimeOf({ clusters: ["both"] }, LISTINGS)).toThrow(
      "There is a cluster both on each of these runtimes: docker, podman",
    );
  });

  it("takes the first of two ways to the same engine", () => {
    const { nodes } = listing("docker", "a");
    const both = ["docker", "podman"].map((runtime) => ({ runtime, nodes }));
    expect(runtimeOf({ clusters: ["a"] }, both)).toBe("docker");
  });

  it("refuses objects on different runtimes", () => {
    expect(() => runtimeOf({ clusters: ["a", "b"] }, LISTINGS)).toThrow(
      "cluster a on docker; cluster b on podman",
    );
  });
});
