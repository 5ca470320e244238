import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DEFAULT_VARIABLES, FIELD_VARIABLES } from "../../packages/core/src/config/environment.js";
import { commandsPage } from "./commands.ts";
import { configPage } from "./config.ts";
import { environmentPage } from "./environment.ts";
import { errorsPage } from "./errors.ts";
import { jsonPage } from "./json-output.ts";
import { labelsPage } from "./labels.ts";
import { supportPage } from "./support.ts";
import { allCommands, ROOT, variablesInSources } from "./sources.ts";
import { INTERNAL_VARIABLES, VARIABLES } from "./variables.ts";

/** With `--update` (`pnpm run docs`) this writes the pages; else it tells those that are out of date. */
describe("docs/reference", () => {
  it.each([
    ["commands.md", async () => commandsPage(await allCommands())],
    ["config.md", configPage],
    ["environment.md", environmentPage],
    ["errors.md", errorsPage],
    ["json-output.md", jsonPage],
    ["labels.md", labelsPage],
    ["support.md", supportPage],
  ])("%s is up to date (if not: pnpm run docs)", async (file, page) => {
    await expect(await page()).toMatchFileSnapshot(join(ROOT, "docs", "reference", file));
  });

  it("names every variable that the sources read, and no other", async () => {
    const documented = [
      ...[...FIELD_VARIABLES, ...DEFAULT_VARIABLES].map(({ name }) => name),
      ...Object.values(VARIABLES).flatMap((rows) => rows.map(([name]) => name)),
      ...INTERNAL_VARIABLES,
    ].filter((name) => name.startsWith("K3D_"));
    const fields = new Set(FIELD_VARIABLES.map(({ name }) => name));
    const read = await variablesInSources();
    expect([...read].filter((name) => !documented.includes(name))).toEqual([]);
    expect(documented.filter((name) => !read.has(name) && !fields.has(name))).toEqual([]);
  });
});
