import type { PruneItem } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { formatBytes } from "./bytes.js";
import { pruneJson } from "./json.js";
import { itemTable, totals } from "./report.js";

const volume: PruneItem = {
  kind: "volume",
  id: "k3d-demo-images",
  name: "k3d-demo-images",
  cluster: "demo",
  reason: "cluster demo is gone",
  size: 1_500_000,
  created: new Date("2026-01-01T00:00:00Z"),
  labels: { app: "k3d" },
};
const network: PruneItem = {
  kind: "network",
  id: "1",
  name: "k3d-demo",
  reason: "cluster demo is gone",
  labels: {},
};

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_500_000, "1.5 MB"],
    [27_500_000, "28 MB"],
    [3e12, "3.0 TB"],
    [3e15, "3000 TB"],
  ])("%d is %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

it("shows what there is with its size and the sum", () => {
  expect(itemTable([network, volume])).toMatchInlineSnapshot(`
    "KIND      NAME              SIZE     REASON
    network   k3d-demo          -        cluster demo is gone
    volume    k3d-demo-images   1.5 MB   cluster demo is gone

    2 things, 1.5 MB"
  `);
});

it.each([
  [[network], "1 thing"],
  [[volume, { ...volume, size: undefined }], "2 things, 1.5 MB and 1 of unknown size"],
])("sums up", (items, text) => {
  expect(totals(items)).toBe(text);
});

it("prints JSON without labels", () => {
  const result = {
    items: [volume],
    skipped: [],
    removed: [],
    failed: [],
    reclaimed: 0,
    dryRun: true,
  };
  expect(pruneJson(result)).toEqual({
    dryRun: true,
    items: [
      {
        kind: "volume",
        id: "k3d-demo-images",
        name: "k3d-demo-images",
        cluster: "demo",
        reason: "cluster demo is gone",
        size: 1_500_000,
        created: "2026-01-01T00:00:00.000Z",
      },
    ],
    skipped: [],
    removed: [],
    failed: [],
    reclaimed: 0,
  });
});
