import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { MachineResults } from "../../test/vm/matrix/results.ts";
import { supportPage } from "./support.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "k3d-support-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("says so where nothing was recorded", async () => {
  expect(await supportPage(join(folder, "missing"))).toContain("No results are recorded yet.");
});

it("has a section for each machine, its failures in words and the counts of its suites", async () => {
  const trial = { node: "24.0.0", date: "2026-11-01", engine: "podman", version: "Podman 5.4" };
  const results: MachineResults = {
    suite: "trixie",
    kernel: "6.12",
    nodeImage: "an.image/for:tests",
    trials: [
      {
        ...trial,
        shape: "1+1",
        steps: [
          { step: "create", outcome: "passed", seconds: 34.6 },
          { step: "reboot", outcome: "failed", seconds: 1, detail: "addresses: 1,\nexpected 2" },
        ],
      },
      {
        ...trial,
        shape: "3+1",
        steps: [{ step: "registry create", outcome: "passed", seconds: 2 }],
      },
      {
        ...trial,
        shape: "conformance",
        steps: [
          {
            step: "conformance",
            outcome: "passed",
            seconds: 60,
            detail: "90 passed, 0 failed, 3 skipped",
          },
        ],
      },
    ],
  };
  await writeFile(join(folder, "trixie.json"), JSON.stringify(results));
  const page = await supportPage(folder);
  expect(page).toContain("## Debian trixie");
  expect(page).toContain("Kernel 6.12, node image `an.image/for:tests`.");
  expect(page).toContain("| Node | registry create | create | reboot |");
  expect(page).toContain("| Podman 5.4 | podman | 1+1 | 24.0 | not run | 35 s | **failed** |");
  expect(page).toContain("- podman 1+1, reboot: addresses: 1, expected 2");
  expect(page).toContain("| Podman 5.4 | podman | passed | 90 passed, 0 failed, 3 skipped |");
});
