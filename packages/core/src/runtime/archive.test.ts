import { setTimeout } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { packFiles } from "./archive.js";

const uncaught: Error[] = [];
const keep = (error: Error): void => void uncaught.push(error);
afterEach(() => {
  process.off("uncaughtExceptionMonitor", keep);
});

it.each([undefined, new Error("the engine is gone")])(
  "an archive whose reader goes half-way ends no process (%s)",
  async (reason) => {
    process.on("uncaughtExceptionMonitor", keep);
    const content = "x".repeat(1_000_000);
    const archive = await packFiles(["/a", "/b"].map((path) => ({ path, content, mode: 0o644 })));
    archive.on("error", () => undefined);
    archive.once("data", () => archive.destroy(reason));
    await new Promise((resolve) => archive.once("close", resolve));
    await setTimeout(0);
    expect(uncaught).toEqual([]);
  },
);
