import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

export const ROOT = dirname(dirname(import.meta.dirname));

/** Where the pages about the packages' exports are made. */
export const API = join(ROOT, "docs", "reference", "api");

const { repository } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  repository: { url: string };
};

/** Where the sources are looked at, without a slash at the end. */
export const REPOSITORY = repository.url.replace(/^git\+/, "").replace(/\.git$/, "");

/** The address of a page on the site by the path of its file, both without a slash in front. */
export function rewrites(file: string): string {
  return file
    .replace(/^docs\//, "")
    .replace(/^(decisions\/)?README\.md$/, "$1index.md")
    .replace(/^(.+)\/README\.md$/, "$1/index.md");
}

/**
 * What a link leads to on the site: pages stay pages, files and folders of the sources are looked at
 * in the repository.
 *
 * @param page path of the file with the link
 */
export function linkTarget(page: string, href: string): string {
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return href;
  const [path = "", anchor] = href.split("#");
  const target = resolve(dirname(page), decodeURIComponent(path));
  const file = relative(ROOT, target).replaceAll(sep, "/");
  const hash = anchor === undefined ? "" : `#${anchor}`;
  if (!existsSync(target) || !isPage(file)) {
    const kind = existsSync(target) && statSync(target).isDirectory() ? "tree" : "blob";
    return `${REPOSITORY}/${kind}/main/${file}${hash}`;
  }
  return `/${rewrites(file)}${hash}`;
}

const isPage = (file: string): boolean =>
  file.endsWith(".md") && !/^(?:\.|examples\/|README\.md$)/.test(file);
