import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUNTIME_CONTRACT_VERSION } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadRuntimeFactory } from "./runtime-candidates.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-candidates-"));
});

afterEach(() => rm(directory, { recursive: true }));

async function load(code: string) {
  const module = join(directory, "runtime.mjs");
  await writeFile(module, code);
  return loadRuntimeFactory({ name: "example", plugin: "k3d-runtime-example", module });
}

const factory = (version: string): string =>
  `export default { name: "example", ${version} detect: async () => ({}), create: async () => ({}) };`;

describe("the module of a runtime", () => {
  it("is taken when it was written for this contract", async () => {
    const loaded = await load(factory(`contractVersion: ${RUNTIME_CONTRACT_VERSION},`));
    expect(loaded.name).toBe("example");
  });

  it.each([
    [
      "none",
      "",
      /a version that it does not name, this k3d has \d+$/,
      /^Update k3d-runtime-example/,
    ],
    [
      "an older one",
      "contractVersion: 0,",
      /version 0, this k3d has/,
      /^Update k3d-runtime-example/,
    ],
    ["a newer one", "contractVersion: 99,", /version 99, this k3d has/, /^Update k3d,/],
    ["no number", 'contractVersion: "1",', /does not name/, /^Update k3d-runtime-example/],
  ])("is refused with the version that it has: %s", async (_, version, message, hint) => {
    await expect(load(factory(version))).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it("is refused when it exports no factory", async () => {
    await expect(load("export default {};")).rejects.toMatchObject({
      message: "The runtime example of k3d-runtime-example exports no runtime factory",
    });
  });
});
