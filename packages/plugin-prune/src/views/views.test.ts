import type { PruneItem } from "../operations/operations.js";
import { expect, it } from "vitest";
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
