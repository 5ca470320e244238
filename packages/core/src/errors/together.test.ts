import { describe, expect, it } from "vitest";
import { together, whileChecking } from "./together.js";

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

describe("whileChecking", () => {
  it("gives what the work comes to, which goes on beside the check", async () => {
    const begun: string[] = [];
    const result = await whileChecking(
      async () => {
        await new Promise((resolve) => setImmediate(resolve));
        expect(begun).toEqual(["work"]);
      },
      async () => begun.push("work"),
      undefined,
    );
    expect(result).toBe(1);
  });

  it("throws what the check finds, though the work failed before, and only when the work has ended", async () => {
    const told: string[] = [];
    const check = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error("it exists already");
    };
    await expect(
      whileChecking(check, async () => Promise.reject(new Error("too early")), undefined),
    ).rejects.toThrow("it exists already");
    const slow = async (signal: AbortSignal): Promise<void> => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
      told.push("let go");
    };
    await expect(whileChecking(check, slow, undefined)).rejects.toThrow("it exists already");
    expect(told).toEqual(["let go"]);
  });

  it("throws the failure of the work when the check found nothing", async () => {
    await expect(
      whileChecking(
        async () => {},
        async () => Promise.reject(new Error("no such image")),
        undefined,
      ),
    ).rejects.toThrow("no such image");
  });
});
