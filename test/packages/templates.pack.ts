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

beforeAll(async () => {
  work = await temporary();
});
afterAll(async () => {
  await work?.[Symbol.asyncDispose]();
});

const k3d = (...args: string[]) =>
  execa(join(ROOT, "bin", "k3d"), args, { env: { HOME: work.path, K3D_DATA_DIR: undefined } });

/** Writes a template, and gives it what `npm install` would. */
async function written(command: string, name: string, packages: string[]): Promise<string> {
  const directory = join(work.path, name);
  await k3d("plugins", command, directory);
  const places = packages.map((dependency): [string, string] => [
    dependency,
    dependency.startsWith("@k3d/")
      ? join(ROOT, "packages", dependency.slice("@k3d/".length))
      : join(ROOT, dependency === "vitest" ? "" : "packages/cli", "node_modules", dependency),
  ]);
  for (const [dependency, target] of places) {
    const link = join(directory, "node_modules", dependency);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  return directory;
}

/** Runs the tests that came with a template. */
async function tests(directory: string): Promise<{ exitCode: number | undefined; text: string }> {
  const vitest = join(ROOT, "node_modules", ".bin", "vitest");
  const own = await readFile(join(directory, "vitest.config.js"), "utf8").catch(() => undefined);
  const config = own === undefined ? SOURCES.replace(/import own.*/, "const own = {};") : SOURCES;
  await writeFile(join(directory, "sources.config.js"), config);
  const { exitCode, all } = await execa(vitest, ["run", "--config", "sources.config.js"], {
    cwd: directory,
    env: { NO_COLOR: "1" },
    all: true,
    reject: false,
  });
  return { exitCode, text: all };
}

describe("the template of a command plug-in", () => {
  it("passes its test, and is a command once it is linked", async () => {
    const lent = ["@k3d/core", "@k3d/plugin-kit", "@oclif/core"];
    const plugin = await written("create-plugin", "k3d-plugin-how-many", [...lent, "vitest"]);
    const { exitCode, text } = await tests(plugin);
    expect(exitCode, text).toBe(0);
    expect(text).toMatch(/Tests +1 passed/);
    await k3d("plugins", "link", plugin);
    expect((await k3d("plugins", "list")).stdout).toMatch(
      /k3d-plugin-how-many .* how-many .* linked/,
    );
    expect((await k3d("how-many", "--help")).stdout).toContain("Count clusters");
    await k3d("plugins", "uninstall", "k3d-plugin-how-many");
    const again = await execa(join(ROOT, "bin", "k3d"), ["plugins", "create-plugin", plugin], {
      reject: false,
    });
    expect(again.stderr).toContain("is not empty");
  });
});

describe("the template of an adapter", () => {
  it("begins with a red conformance run, which says what to write first and what after that", async () => {
    const adapter = await written("create-adapter", "k3d-runtime-demo", [
      "@k3d/core",
      "@k3d/runtime-conformance",
      "vitest",
    ]);
    const first = await tests(adapter);
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
    const changed = source.replace('todo("containers.create")', 'async () => "an id"');
    expect(changed).not.toBe(source);
    await writeFile(file, changed);
    const second = await tests(adapter);
    expect(second.exitCode, second.text).toBe(1);
    expect(second.text).toContain(
      `Next: write containers.inspect in src/containers.js (${Number(open) - 1} of ${open} methods are open)`,
    );
  });
});
