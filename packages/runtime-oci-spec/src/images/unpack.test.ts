import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Locks } from "../store/lock.ts";
import { type Paths, pathsOf } from "../store/paths.ts";
import type { StoredImage } from "./image-store.ts";
import { ensureUnpacked, unpackedPath } from "./unpack.ts";

const image = { id: `sha256:${"a".repeat(64)}`, references: ["example.org/node:1"] } as StoredImage;
const LOCK = `unpack-${"a".repeat(16)}`;

let directory: string;
let paths: Paths;
let locks: Locks;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-unpack-"));
  paths = pathsOf(join(directory, "root"), join(directory, "run"));
  locks = new Locks(paths.locks, 0.2);
});
afterEach(() => rm(directory, { recursive: true }));

describe.runIf(process.platform === "linux")("an image that another container unpacks", () => {
  /** Unpacks for longer than other locks are waited for. */
  function slowly(): { held: Promise<void>; done: Promise<void> } {
    const held = Promise.withResolvers<void>();
    const done = locks.with(LOCK, async () => {
      held.resolve();
      await pause(1000);
      await mkdir(unpackedPath(paths, image.id), { recursive: true });
    });
    return { held: held.promise, done };
  }

  it("is waited for as long as that takes", async () => {
    const { held, done } = slowly();
    await held;
    await expect(ensureUnpacked(paths, locks, image)).resolves.toBe(unpackedPath(paths, image.id));
    await done;
  });

  it("is not waited for after an abort", async () => {
    const { held, done } = slowly();
    await held;
    const waiting = ensureUnpacked(paths, locks, image, AbortSignal.timeout(100));
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    await done;
  });
});
