import { defineConfig, type UserConfig } from "vitepress";
import { REPOSITORY, rewrites, linkTarget } from "./pages.ts";
import { sidebar } from "./sidebar.ts";

/**
 * The pages stay where they are read without a site too: the guides below `docs`, the READMEs with
 * their packages. The site takes them from there, so that it cannot differ from them.
 */
export default defineConfig({
  title: "k3d",
  description: "k3s clusters in containers",
  lang: "en",
  srcDir: "..",
  // The front page is that of the documentation.
  srcExclude: ["README.md", "**/CHANGELOG.md", "**/fixtures/**", "packages/*/src/**"],
  outDir: ".vitepress/dist",
  cacheDir: ".vitepress/cache",
  rewrites,
  lastUpdated: false,
  metaChunk: true,
  head: [["link", { rel: "icon", href: "data:," }]],
  markdown: {
    anchor: { slugify: headingId },
    config(md) {
      md.core.ruler.push("links-between-folders", ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === "link_open" ? token.attrGet("href") : null;
          if (href !== null) token.attrSet("href", linkTarget(env.realPath ?? env.path, href));
        }
      });
    },
  },
  vite: { plugins: [vueForAll()] },
  themeConfig: {
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    docFooter: { prev: false, next: false },
  },
});

/** The anchor of a heading, as it is where the pages are read in the repository. */
function headingId(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

type Plugins = NonNullable<NonNullable<UserConfig["vite"]>["plugins"]>;

/** Pages outside of this package become components of Vue, which only this package has. */
function vueForAll(): Plugins[number] {
  return {
    name: "vue-for-all",
    enforce: "pre",
    resolveId(source, importer) {
      if (!/^vue(?:$|\/)/.test(source) || importer?.endsWith(".md") !== true) return null;
      return this.resolve(source, import.meta.filename, { skipSelf: true });
    },
  };
}
