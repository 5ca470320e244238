import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { ROOT } from "../support/world.js";

/** Blocks of a page that are marked so are run one after the other; together they clean up. */
const RUNNABLE = /^```sh runnable\n([^]*?)^```$/gm;

const PAGES = ["docs/guides/getting-started.md", "docs/guides/snapshots.md"];

onEveryEngine("what guides show", (world) => {
  it.each(PAGES)("%s does as it says", { timeout: 300_000 }, async (page) => {
    const w = world();
    const name = w.name("guide");
    const other = w.name("guide");
    const text = await readFile(join(ROOT, page), "utf8");
    const blocks = [...text.matchAll(RUNNABLE)].map(([, block = ""]) =>
      block.replaceAll(/\bdemo\b/g, name).replaceAll(/\bother\b/g, other),
    );
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) await w.shell(block);
    expect([...(await w.traces(name)), ...(await w.traces(other))]).toEqual([]);
  });
});
