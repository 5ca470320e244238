import { expect, it } from "vitest";
import { together } from "./together.js";

it("gives what each comes to", async () => {
  expect(await together([async () => 1, async () => "two"], undefined)).toEqual([1, "two"]);
});

it("throws the first failure when the others have ended", async () => {
  const told: string[] = [];
  const slow = async (signal: AbortSignal): Promise<void> => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
    told.push("let go");
    throw new Error("of no interest");
  };
  const failing = async (): Promise<never> => {
    throw new Error("the engine is gone");
  };
  await expect(together([slow, failing], undefined)).rejects.toThrow("the engine is gone");
  expect(told).toEqual(["let go"]);
});

it("ends all when the caller's signal is aborted", async () => {
  const user = new AbortController();
  const waiting = together(
    [
      (signal) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        ),
    ],
    user.signal,
  );
  user.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
