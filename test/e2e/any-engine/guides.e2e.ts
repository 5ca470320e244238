import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { ROOT } from "../support/world.js";

/** Blocks of a page that are marked so are run one after the other; together they clean up. */
const RUNNABLE = /^```sh runnable\n([^]*?)^```$/gm;

const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

const PAGES = globSync("docs/guides/*.md", { cwd: ROOT })
  .filter((page) => textOf(page).match(RUNNABLE) !== null)
  .toSorted();

onEveryEngine("what guides show", (world) => {
  it.each(PAGES)("%s does as it says", { timeout: 300_000 }, async (page) => {
    const w = world();
    const name = w.name("guide");
    const other = w.name("guide");
    const blocks = [...textOf(page).matchAll(RUNNABLE)].map(([, block = ""]) =>
      block.replaceAll(/\bdemo\b/g, name).replaceAll(/\bother\b/g, other),
    );
    for (const block of blocks) await w.shell(block);
    expect([...(await w.traces(name)), ...(await w.traces(other))]).toEqual([]);
  });
});
