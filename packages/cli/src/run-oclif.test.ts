import { afterEach, expect, it, vi } from "vitest";
import { runOclif } from "./run-oclif.js";

vi.mock("@oclif/core/run", () => ({ run: () => new Promise(() => {}) }));

const before = new Set(process.listeners("beforeExit"));
const caught = new Set(process.listeners("uncaughtException"));
afterEach(() => {
  vi.restoreAllMocks();
  for (const listener of process.listeners("uncaughtException"))
    if (!caught.has(listener)) process.removeListener("uncaughtException", listener);
});

it("never ends with success when what a command waits for cannot come any more", async () => {
  const ended = Promise.withResolvers<number>();
  vi.spyOn(process, "exit").mockImplementation(((code: number) => ended.resolve(code)) as never);
  let told = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text, ...rest) => {
    told += String(text);
    for (const argument of rest) if (typeof argument === "function") argument();
    return true;
  });
  void runOclif(["cluster", "list"], import.meta.url);
  for (const listener of process.listeners("beforeExit"))
    if (!before.has(listener)) (listener as (code: number) => void)(0);
  expect(await ended.promise).toBe(1);
  expect(told).toContain("The command ended before its work was done");
});
