import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const CHECK = join(import.meta.dirname, "check-imports.ts");

/** Imports that go downwards or stay on their floor. */
const SOUND = {
  "core/src/index.ts": `export * from "./plan/changes.js";\n`,
  "core/src/model/names.ts": `export type Name = string;\n`,
  "core/src/plan/changes.ts": `import type { Name } from "../model/names.js";\nexport type Change = Name;\n`,
  "core/src/plan/text.ts": `export type { Change } from "./changes.js";\n`,
  "core/src/steps/run.ts": `export const text = () => import("../plan/text.js");\n`,
};

let packages: string;
beforeEach(async () => {
  packages = await mkdtemp(join(tmpdir(), "k3d-imports-"));
});
afterEach(() => rm(packages, { recursive: true, force: true }));

/** Runs the check on the sound files and those that are put in. */
async function check(putIn: Record<string, string>): Promise<{ code: number; output: string }> {
  for (const [file, text] of Object.entries({ ...SOUND, ...putIn })) {
    await mkdir(dirname(join(packages, file)), { recursive: true });
    await writeFile(join(packages, file), text);
  }
  return new Promise((resolve) => {
    execFile(process.execPath, [CHECK, packages], (error, stdout) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout });
    });
  });
}

describe("the check of imports", () => {
  it("passes what goes downwards", async () => {
    expect(await check({})).toEqual({ code: 0, output: "All imports go downwards.\n" });
  });

  const upward =
    "packages/core/src: model/wrong.ts imports plan/changes.ts, which is on a higher floor";
  it.each([
    ["an upward import", `import "../plan/changes.js";`, upward],
    ["an upward import of types", `import type { Change } from "../plan/changes.js";`, upward],
    ["an upward export of types", `export type { Change } from "../plan/changes.js";`, upward],
    [
      "a type that is imported in its place",
      `type C = import("../plan/changes.js").Change;`,
      upward,
    ],
    ["an upward import that waits", `const later = () => import("../plan/changes.js");`, upward],
    [
      "an import of the package's face",
      `import { text } from "../index.js";`,
      "packages/core/src: model/wrong.ts imports index.ts, which is on a higher floor",
    ],
  ])("finds %s", async (_what, text, line) => {
    const { code, output } = await check({ "core/src/model/wrong.ts": `${text}\n` });
    expect(code).toBe(1);
    expect(output.split("\n")).toContain(line);
  });

  it("finds a circle of files, types counted", async () => {
    const { code, output } = await check({
      "core/src/plan/one.ts": `import { two } from "./two.js";\nexport const one = two;\n`,
      "core/src/plan/two.ts": `import type { one } from "./one.js";\nexport const two: typeof one = 2;\n`,
    });
    expect({ code, output }).toEqual({
      code: 1,
      output: "packages/core/src: circle of files: plan/one.ts ↔ plan/two.ts\n1 imports to mend.\n",
    });
  });

  it("finds a circle of folders on one floor, though no file is in one", async () => {
    const { code, output } = await check({
      "core/src/errors/text.ts": `import "../events/sink.js";\n`,
      "core/src/events/sink.ts": `export {};\n`,
      "core/src/events/told.ts": `import type { Code } from "../errors/codes.js";\n`,
      "core/src/errors/codes.ts": `export type Code = string;\n`,
    });
    expect({ code, output }).toEqual({
      code: 1,
      output: "packages/core/src: circle of folders: errors ↔ events\n1 imports to mend.\n",
    });
  });

  it("finds a circle in a package without floors", async () => {
    const { code, output } = await check({
      "other/src/one.ts": `import type { Two } from "./two.js";\nexport type One = Two;\n`,
      "other/src/two.ts": `import type { One } from "./one.js";\nexport type Two = One;\n`,
    });
    expect(code).toBe(1);
    expect(output).toContain("packages/other/src: circle of files: one.ts ↔ two.ts");
  });

  it("finds a folder that stands on no floor", async () => {
    const { code, output } = await check({
      "core/src/spare/part.ts": `import type { Name } from "../model/names.js";\nexport type Part = Name;\n`,
    });
    expect(code).toBe(1);
    expect(output).toContain("spare/part.ts: its folder stands on no floor");
  });
});
