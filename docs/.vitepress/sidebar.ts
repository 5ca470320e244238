import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API, linkTarget, ROOT } from "./pages.ts";

/** A part of the sidebar. */
interface Group {
  text: string;
  collapsed: boolean;
  items: { text: string; link: string }[];
}

const LINK = /\[([^\]]+)\]\(([^)]+)\)/g;

/** The pages of `docs/README.md`, which is the table of contents of both, and those made for the site alone. */
export function sidebar(): Group[] {
  return [...contents(join(ROOT, "docs", "README.md")), packages()];
}

function packages(): Group {
  const modules = globSync("**/*.md", { cwd: API }).map((file) => file.replace(/\.md$/, ""));
  const items = modules.toSorted().map((text) => ({
    text: text === "index" ? "All packages" : text,
    link: `/reference/api/${text}`,
  }));
  return { text: "API of the packages", collapsed: true, items };
}

/** The links of a page by its headings. */
function contents(page: string): Group[] {
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
