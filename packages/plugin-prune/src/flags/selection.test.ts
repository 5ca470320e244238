import { PRUNE_KINDS } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { selection } from "./selection.js";

const NONE = {
  clusters: false,
  nodes: false,
  registries: false,
  networks: false,
  volumes: false,
  images: false,
  kubeconfig: false,
  expired: false,
  all: false,
  filter: undefined,
};

describe("selection", () => {
  it("leaves the choice to core without flags", () => {
    expect(selection(NONE)).toEqual({ filters: [] });
  });

  it("takes what the flags name", () => {
    const { kinds } = selection({ ...NONE, volumes: true, kubeconfig: true });
    expect(kinds).toEqual(["volume", "kubeconfig", "file"]);
  });

  it("takes everything with --all", () => {
    expect(selection({ ...NONE, volumes: true, all: true }).kinds).toEqual(
      PRUNE_KINDS.filter((kind) => kind !== "expired"),
    );
  });

  it("takes expired clusters only when they are named", () => {
    expect(selection({ ...NONE, expired: true }).kinds).toEqual(["expired"]);
    expect(selection({ ...NONE, expired: true, all: true }).kinds).toEqual(PRUNE_KINDS);
  });

  it("reads filters and refuses bad ones", () => {
    expect(selection({ ...NONE, filter: ["until=1h", "cluster=a"] }).filters).toHaveLength(2);
    expect(() => selection({ ...NONE, filter: ["colour=red"] })).toThrow(/colour/);
  });
});
