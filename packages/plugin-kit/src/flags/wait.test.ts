import { expect, it } from "vitest";
import { waitOptions } from "./wait.js";

it("passes a time limit on only when there is one", () => {
  expect(waitOptions({ wait: true, timeout: undefined })).toEqual({ wait: true });
  expect(waitOptions({ wait: false, timeout: 90_000 })).toEqual({ wait: false, timeoutMs: 90_000 });
});
