import { expect, it } from "vitest";
import { fewAtOnce } from "./few-at-once.js";

it("works on a few at once, and keeps their order", async () => {
  let running = 0;
  let most = 0;
  const double = async (item: number): Promise<number> => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return item * 2;
  };
  const items = Array.from({ length: 30 }, (_, index) => index);
  expect(await fewAtOnce(items, double)).toEqual(items.map((item) => item * 2));
  expect(most).toBe(8);
  expect(await fewAtOnce([], double)).toEqual([]);
});

it("fails with the first failure", async () => {
  const failing = fewAtOnce([1, 2], () => Promise.reject(new Error("no")));
  await expect(failing).rejects.toThrow("no");
});
