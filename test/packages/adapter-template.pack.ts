import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/packing/package.ts";
import { temporary } from "./support.ts";

/** The checkout's packages are sources, which the template's own settings know nothing of. */
const SOURCES = `import { mergeConfig } from "vitest/config";
import own from "./vitest.config.js";

const conditions = ["k3d-source", "module", "node"];
export default mergeConfig(own, {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["k3d-source", "node"] } },
  oxc: { decorator: { legacy: true } },
});
`;

let work: Awaited<ReturnType<typeof temporary>>;
let adapter: string;

beforeAll(async () => {
  work = await temporary();
  adapter = join(work.path, "k3d-runtime-demo");
  await execa(join(ROOT, "bin", "k3d"), ["plugins", "create-adapter", adapter]);
  for (const [name, target] of [
    ["@k3d/core", join(ROOT, "packages", "core")],
    ["@k3d/runtime-conformance", join(ROOT, "packages", "runtime-conformance")],
    ["vitest", join(ROOT, "node_modules", "vitest")],
  ] as const) {
    const link = join(adapter, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  await writeFile(join(adapter, "sources.config.js"), SOURCES);
});
afterAll(async () => {
  await work?.[Symbol.asyncDispose]();
});

/** Runs the adapter's own conformance tests. */
async function conformance(): Promise<{ exitCode: number | undefined; text: string }> {
  const vitest = join(ROOT, "node_modules", ".bin", "vitest");
  const { exitCode, all } = await execa(vitest, ["run", "--config", "sources.config.js"], {
    cwd: adapter,
    env: { NO_COLOR: "1" },
    all: true,
    reject: false,
  });
  return { exitCode, text: all };
}

describe("the template of an adapter", () => {
  it("begins with a red conformance run, which says what to write first and what after that", async () => {
    const first = await conformance();
    expect(first.exitCode, first.text).toBe(1);
    expect(first.text).toMatch(/conformance of demo: \d+ passed, [1-9]\d* failed, \d+ skipped/);
    expect(first.text).toContain("Not implemented yet: containers.create");
    const [, open] =
      /^Next: write containers\.create in src\/containers\.js \((\d+) of \1 methods are open\)$/m.exec(
        first.text,
      ) ?? [];
    expect(Number(open)).toBeGreaterThan(20);

    const file = join(adapter, "src", "containers.js");
    const source = await readFile(file, "utf8");
    const written = source.replace('todo("containers.create")', 'async () => "an id"');
    expect(written).not.toBe(source);
    await writeFile(file, written);
    const second = await conformance();
    expect(second.exitCode, second.text).toBe(1);
    expect(second.text).toContain(
      `Next: write containers.inspect in src/containers.js (${Number(open) - 1} of ${open} methods are open)`,
    );
  });
});
