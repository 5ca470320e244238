import { expect, it } from "vitest";
import { abortable } from "./abortable.js";

const forever = new Promise<never>(() => undefined);

it("gives what the work comes to", async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  expect(await abortable(Promise.resolve(2), undefined)).toBe(2);
  await expect(abortable(Promise.reject(new Error("failed")), signal)).rejects.toThrow("failed");
});

it("rejects as soon as the signal is aborted", async () => {
  const controller = new AbortController();
  const result = abortable(forever, controller.signal);
  controller.abort();
  await expect(result).rejects.toMatchObject({ code: "ABORTED" });
});
