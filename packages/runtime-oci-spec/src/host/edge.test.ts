import { readFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { describe, expect, it } from "vitest";
import { atEdge } from "./edge.ts";

interface Call {
  name?: string;
  signal?: AbortSignal;
}

class Operations {
  readonly #secret = "kept";
  readonly value = 1;

  async create(_spec: Call, failure: unknown): Promise<string> {
    if (failure !== undefined) throw failure;
    return this.#secret;
  }

  async *logs(_id: string, failure: unknown): AsyncIterable<string> {
    yield "first";
    throw failure;
  }

  async read(path: string): Promise<string> {
    return await readFile(path, "utf8");
  }
}

const operations = atEdge(new Operations(), "container");

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it failed, write`), { code, syscall: "write" });
}

describe("atEdge", () => {
  it("hands on results and members", async () => {
    expect(await operations.create({}, undefined)).toBe("kept");
    expect(operations.value).toBe(1);
  });

  it("says what failed when the system did", async () => {
    const directory = await mkdtemp(join(tmpdir(), "k3d-edge-"));
    await mkdir(join(directory, "file"));
    try {
      await expect(operations.read(join(directory, "file"))).rejects.toMatchObject({
        name: "K3dError",
        code: "RUNTIME_ERROR",
        message: expect.stringContaining(`container read of ${directory}/file: EISDIR`) as string,
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each(["ENOSPC", "EDQUOT"])("makes NO_SPACE of %s", async (code) => {
    await expect(operations.create({ name: "demo" }, systemError(code))).rejects.toMatchObject({
      code: "NO_SPACE",
      message: expect.stringContaining("container create of demo") as string,
    });
  });

  it("makes ABORTED of abort errors and of the signal's own reason", async () => {
    const abort = new DOMException("stop", "AbortError");
    await expect(operations.create({}, abort)).rejects.toMatchObject({ code: "ABORTED" });
    const signal = AbortSignal.abort("enough");
    await expect(operations.create({ signal }, "enough")).rejects.toMatchObject({
      code: "ABORTED",
    });
  });

  it("leaves errors of the contract, and faults of the program, alone", async () => {
    for (const error of [new K3dError("LOCKED", "wait"), new TypeError("a fault")])
      await expect(operations.create({}, error)).rejects.toBe(error);
  });

  it("follows what is read bit by bit", async () => {
    const lines: string[] = [];
    const reading = (async () => {
      for await (const line of operations.logs("demo", systemError("EIO"))) lines.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ code: "RUNTIME_ERROR" });
    expect(lines).toEqual(["first"]);
  });
});
