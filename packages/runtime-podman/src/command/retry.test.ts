import { expect, it } from "vitest";
import { retryWhile } from "./retry.js";

it("returns the first result that is not transient", async () => {
  let count = 0;
  const result = await retryWhile(
    (value: number) => value < 3,
    () => Promise.resolve(++count),
  );
  expect(result).toBe(3);
});

it("stops waiting when aborted", async () => {
  const controller = new AbortController();
  let count = 0;
  const result = retryWhile(
    () => true,
    () => {
      count += 1;
      if (count === 2) controller.abort();
      return Promise.resolve(count);
    },
    controller.signal,
  );
  await expect(result).rejects.toMatchObject({ code: "ABORTED" });
  expect(count).toBe(2);
});
