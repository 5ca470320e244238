import { readFileSync } from "node:fs";
import { join } from "node:path";
import { linkTarget, ROOT } from "./pages.ts";

/** A part of the sidebar. */
interface Group {
  text: string;
  collapsed: boolean;
  items: { text: string; link: string }[];
}

const LINK = /\[([^\]]+)\]\(([^)]+)\)/g;

/** The list of pages in `docs/README.md`, by its headings: it is the table of contents of both. */
export function sidebar(page = join(ROOT, "docs", "README.md")): Group[] {
  const [, ...sections] = readFileSync(page, "utf8").split(/^##+ /m);
  return sections.flatMap((section) => {
    const [text = ""] = section.split("\n", 1);
    const links = [...section.matchAll(LINK)].filter(([, , href = ""]) => href.endsWith(".md"));
    const items = links.map(([, name = "", href = ""]) => ({
      text: name,
      link: linkTarget(page, href),
    }));
    return items.length === 0 ? [] : [{ text, collapsed: false, items }];
  });
}
