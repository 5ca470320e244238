import { expect, it, vi } from "vitest";
import { lazyService } from "./lazy-service.js";

class Counter {
  #count = 0;
  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }
}

it("makes the service once, at the first call", async () => {
  const load = vi.fn(async () => new Counter());
  const counter = lazyService(load);
  expect(load).not.toHaveBeenCalled();
  expect(await Promise.all([counter.add(1), counter.add(2)])).toEqual([1, 3]);
  expect(await counter.add(4)).toBe(7);
  expect(load).toHaveBeenCalledTimes(1);
});

it("may be awaited without being called", async () => {
  const load = vi.fn(async () => new Counter());
  expect(await Promise.resolve(lazyService(load))).toBeDefined();
  expect(load).not.toHaveBeenCalled();
});

it("fails as loading fails", async () => {
  const counter = lazyService<Counter>(() => Promise.reject(new Error("no such module")));
  await expect(counter.add(1)).rejects.toThrow("no such module");
});
