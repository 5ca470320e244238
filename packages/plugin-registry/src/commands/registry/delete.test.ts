import { PassThrough } from "node:stream";
import type { RegistryView } from "@k3d/core";
import { runCommand } from "@k3d/plugin-kit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import RegistryDelete from "./delete.js";

afterEach(() => vi.restoreAllMocks());

/** Deletes among `k3d-one` and `k3d-two`; on a terminal where an answer is given. */
async function remove(argv: string[], answer?: string) {
  const input = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  input.end(answer);
  vi.spyOn(process, "stdin", "get").mockReturnValue(input as never);
  const terminal = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
  Object.defineProperty(process.stderr, "isTTY", {
    value: answer !== undefined,
    configurable: true,
  });
  const deleted: string[] = [];
  const view = (name: string) => ({ name }) as RegistryView;
  const result = await runCommand(RegistryDelete, argv, {
    registries: {
      list: async () => [view("k3d-one"), view("k3d-two")],
      get: async (name) => [view(name)],
      delete: async (name) => {
        deleted.push(name);
        return [name];
      },
    },
  });
  if (terminal === undefined) Reflect.deleteProperty(process.stderr, "isTTY");
  else Object.defineProperty(process.stderr, "isTTY", terminal);
  return { ...result, deleted };
}

describe("registry delete", () => {
  it.each([
    ["--all on a terminal, with yes", ["--all"], "y\n", 2, true],
    ["--all on a terminal, with --yes", ["--all", "--yes"], "n\n", 2, false],
    ["--all without a terminal", ["--all"], undefined, 2, false],
    ["a name on a terminal", ["k3d-one"], "n\n", 1, false],
  ])("deletes: %s", async (_why, argv, answer, count, asks) => {
    const { deleted, exitCode, stderr } = await remove(argv, answer);
    expect({ count: deleted.length, exitCode }).toEqual({ count, exitCode: 0 });
    expect(stderr.includes("[y/N]")).toBe(asks);
  });

  it.each(["n\n", "\n", ""])("deletes nothing: --all on a terminal, with %j", async (answer) => {
    const { deleted, exitCode, stderr } = await remove(["--all"], answer);
    expect(deleted).toEqual([]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("Delete k3d-one, k3d-two, and the images in there? [y/N]");
    expect(stderr).toContain("Nothing was deleted");
  });
});
