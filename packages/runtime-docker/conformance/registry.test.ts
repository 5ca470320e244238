import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RuntimeOptions } from "@k3d/core/runtime";
import factory from "../src/index.js";
import {
  optionsWithConfig,
  startLocalRegistry,
  writeLogin,
  type LocalRegistry,
} from "./support/local-registry.js";

let registry: LocalRegistry;

beforeAll(async () => {
  registry = await startLocalRegistry("k3d.local/busybox:dev");
});
afterAll(() => registry.remove());

async function pull(options: RuntimeOptions): Promise<string[]> {
  const runtime = await factory.create(options);
  try {
    await runtime.images.pull(registry.pullable);
    const { references } = await runtime.images.inspect(registry.pullable);
    await runtime.images.remove(registry.pullable);
    return references;
  } finally {
    await runtime.close();
  }
}

describe("a registry that wants a login", () => {
  it("gives the image to a user whose config.json has it", async () => {
    expect(await pull(registry.loggedIn)).toContain(registry.pullable);
  });

  it("refuses a user without one, and a wrong password", async () => {
    await expect(pull(optionsWithConfig("/nonexistent"))).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      hint: expect.stringContaining("logged in"),
    });
    const wrong = await writeLogin(registry.address, "wrong");
    try {
      await expect(pull(optionsWithConfig(wrong))).rejects.toMatchObject({
        code: "IMAGE_NOT_FOUND",
      });
    } finally {
      await rm(wrong, { recursive: true });
    }
  });
});
