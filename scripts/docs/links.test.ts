import { glob, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { NOT_WRITTEN_HERE, ROOT } from "./sources.ts";

const PAGES = [
  "*.md",
  "docs/**/*.md",
  "packages/*/*.md",
  "examples/*/*.md",
  "packaging/*.md",
  "test/engine/*.md",
  "test/k3s-stand-in/*.md",
  "test/vm/*.md",
];
const LINK = /\]\((?!https?:|mailto:)([^)\s]+)\)/g;

/** The anchors that headings of a page get: lower case, spaces as hyphens, no punctuation. */
function anchors(text: string): Set<string> {
  const prose = text.replaceAll(/^```[^]*?^```/gm, "");
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

it("pages link only to files and headings that exist", async () => {
  const pages = new Map<string, string>();
  for (const pattern of PAGES) {
    for await (const file of glob(pattern, { cwd: ROOT, exclude: NOT_WRITTEN_HERE })) {
      pages.set(file, await readFile(join(ROOT, file), "utf8"));
    }
  }
  const broken: string[] = [];
  for (const [page, text] of pages) {
    for (const [, link = ""] of text.matchAll(LINK)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      const there = pages.get(target);
      const exists =
        there !== undefined || (await readFile(join(ROOT, target)).then(() => true, isFolder));
      if (!exists || (anchor !== undefined && there !== undefined && !anchors(there).has(anchor))) {
        broken.push(`${page}: ${link}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

const isFolder = (error: NodeJS.ErrnoException): boolean => error.code === "EISDIR";
