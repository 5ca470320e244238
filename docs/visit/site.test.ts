import { existsSync } from "node:fs";
import { glob, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vitepress";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateApi } from "../api/generate.ts";
import { crawl, deadLinks, type Visit } from "./crawl.ts";
import { fontSize } from "./in-page.js";
import { serve, type Served } from "./serve.ts";

const DOCS = dirname(import.meta.dirname);
const DIST = join(DOCS, ".vitepress", "dist");
const SCREENSHOTS = join(dirname(DOCS), ".tools", "test", "site");
const WIDTHS = [400, 1400];

let served: Served;
let browser: Browser;
let page: Page;
let visits: Map<string, Visit>;
const errors: string[] = [];
const foreign: string[] = [];

beforeAll(async () => {
  if (process.env.K3D_TEST_SITE_BUILT === undefined) {
    await generateApi();
    await build(DOCS);
  }
  served = await serve(DIST);
  browser = await chromium.launch({
    executablePath: process.env.K3D_TEST_CHROMIUM ?? "/usr/bin/chromium",
    // Tests may be run as root, for whom Chromium has no sandbox; it only sees the pages made here.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(served.url) && !request.url().startsWith("data:"))
      foreign.push(`${page.url()} asks for ${request.url()}`);
  });
  visits = await crawl(page, served.url, WIDTHS);
});

afterAll(async () => {
  await browser?.close();
  await served?.close();
});

describe("the site", () => {
  it("has every page within reach of links", async () => {
    const reached = [...visits.keys()].map((url) =>
      new URL(url).pathname.replace(/\/$/, "/index.html"),
    );
    const pages: string[] = [];
    for await (const file of glob("**/*.html", { cwd: DIST })) pages.push(`/${file}`);
    expect(pages.length).toBeGreaterThan(40);
    expect(pages.filter((file) => file !== "/404.html" && !reached.includes(file))).toEqual([]);
  });

  it("has no dead link", () => {
    const isThere = (url: string): boolean => {
      const file = join(DIST, new URL(url).pathname);
      return existsSync(file);
    };
    expect(deadLinks(visits, isThere)).toEqual([]);
  });

  it("tells what the packages export, with its meaning", async () => {
    await page.goto(`${served.url}/reference/api/@k3d/core/runtime.html`);
    const text = await page.locator(".vp-doc").textContent();
    expect(text).toContain("ContainerRuntime");
    expect(text).toContain("Octal permission bits");
  });

  it("makes no error and asks nobody else for anything", () => {
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
  });

  it("fits into narrow and wide windows", () => {
    const wide = [...visits].flatMap(([url, { overflow }]) =>
      WIDTHS.flatMap(
        (width) => overflow[width]?.map((what) => `${url} at ${width}: ${what}`) ?? [],
      ),
    );
    expect(wide).toEqual([]);
  });

  it("has pictures that load and are described", () => {
    expect(
      [...visits].flatMap(([url, { badPictures }]) => badPictures.map((src) => `${url}: ${src}`)),
    ).toEqual([]);
  });

  it("has pictures whose words can be read in narrow and wide windows", () => {
    const tiny = [...visits].flatMap(([url, visit]) =>
      WIDTHS.flatMap(
        (width) => visit.small[width]?.map((src) => `${url} at ${width}: ${src}`) ?? [],
      ),
    );
    expect(tiny).toEqual([]);
  });

  it.each(WIDTHS)("finds the ingress, %i pixels wide", async (width) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${served.url}/`, { waitUntil: "networkidle" });
    await page.locator("button.DocSearch-Button").first().click();
    await page.locator("#localsearch-input").fill("ingress");
    const hit = page.locator(".VPLocalSearchBox a.result").first();
    await hit.click();
    await page.waitForURL(/guides\/ingress/);
    expect(await page.locator(".vp-doc").textContent()).toMatch(/ingress/i);
  });

  it.each([
    ["light", 1400],
    ["dark", 400],
  ] as const)("is readable: %s, %i pixels wide", async (colorScheme, width) => {
    await mkdir(SCREENSHOTS, { recursive: true });
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    for (const name of ["index", "guides/ingress", "reference/config"]) {
      await page.goto(`${served.url}/${name}.html`);
      const path = join(SCREENSHOTS, `${name.replaceAll("/", "-")}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: width < 1000 && !name.startsWith("reference") });
      expect(await page.locator(".vp-doc p").first().evaluate(fontSize)).toBeGreaterThanOrEqual(16);
    }
  });
});
