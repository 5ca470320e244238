import type { Page } from "playwright-core";
import { look, small, wider, type Look } from "./in-page.js";

/** What a browser found on a page. */
export interface Visit extends Look {
  /** What is wider than the window, by the width of the window. */
  overflow: Record<number, string[]>;
  /** Pictures that are too small, by the width of the window. */
  small: Record<number, string[]>;
}

/** Opens every page that can be reached by links, from the first one on, at each width. */
export async function crawl(
  page: Page,
  start: string,
  widths: readonly number[],
): Promise<Map<string, Visit>> {
  const visits = new Map<string, Visit>();
  const queue = [new URL("/", start).href];
  for (let address = queue.shift(); address !== undefined; address = queue.shift()) {
    if (visits.has(address)) continue;
    await page.goto(address, { waitUntil: "load" });
    const visit: Visit = { ...(await page.evaluate(look)), overflow: {}, small: {} };
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      visit.overflow[width] = await page.evaluate(wider);
      visit.small[width] = await page.evaluate(small);
    }
    visits.set(address, visit);
    for (const link of visit.links) {
      const { origin, pathname } = new URL(link);
      if (origin === new URL(start).origin) queue.push(origin + pathname);
    }
  }
  return visits;
}

/** Links of a site's own that lead to no page or no heading. */
export function deadLinks(
  visits: ReadonlyMap<string, Visit>,
  isThere: (url: string) => boolean,
): string[] {
  return [...visits].flatMap(([address, { links }]) =>
    links
      .filter((link) => {
        const { origin, pathname, hash } = new URL(link);
        if (origin !== new URL(address).origin) return false;
        const target = origin + pathname;
        if (!isThere(target)) return true;
        const id = decodeURIComponent(hash.slice(1));
        return id !== "" && visits.get(target)?.ids.includes(id) !== true;
      })
      .map((link) => `${address} -> ${link}`),
  );
}
