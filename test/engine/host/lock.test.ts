import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.ts";

describe("withLock", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "k3d-lock-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("runs tasks of the same file one after the other", async () => {
    const file = join(folder, "a", "lock");
    let inside = 0;
    let most = 0;
    const task = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withLock(file, task)));
    expect(most).toBe(1);
  });

  it("is free again after a task that failed, and passes its error on", async () => {
    const file = join(folder, "lock");
    const failure = withLock(file, () => Promise.reject(new Error("broken")));
    await expect(failure).rejects.toThrow("broken");
    expect(await withLock(file, async () => "free", 1)).toBe("free");
  });

  it("gives up when another holds it for too long", async () => {
    const file = join(folder, "lock");
    await withLock(file, async () => {
      await expect(withLock(file, async () => undefined, 0)).rejects.toThrow(/still locked/);
    });
  });
});
