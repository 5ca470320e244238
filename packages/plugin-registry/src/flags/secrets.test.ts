import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readSecrets } from "./secrets.js";

const from = (text: string, isTTY = false): NodeJS.ReadStream =>
  Object.assign(Readable.from([Buffer.from(text)]), { isTTY }) as unknown as NodeJS.ReadStream;
const SOURCES = { stdinFlag: "--password-stdin", stdin: true, variable: "PASSWORD" };

describe("readSecrets", () => {
  it.each([
    ["one\n", 1, ["one"]],
    ["one", 1, ["one"]],
    [" with spaces \r\n", 1, [" with spaces "]],
    ["one\ntwo\n", 2, ["one", "two"]],
    ["", 0, []],
  ])("reads %j", async (text, needed, secrets) => {
    expect(await readSecrets(needed, SOURCES, from(text), {})).toEqual(secrets);
  });

  it.each([
    ["too few", "one\n", 2],
    ["too many", "one\ntwo\n", 1],
    ["none", "", 1],
  ])("refuses %s without telling them", async (_why, text, needed) => {
    const error = await readSecrets(needed, SOURCES, from(text), {}).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "INVALID_INPUT" });
    expect(String(error)).not.toMatch(/(?<!n)one\b|two/);
  });

  it("ends with what does not end", async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(1024 * 1024, "x"));
      },
    }) as unknown as NodeJS.ReadStream;
    await expect(readSecrets(1, SOURCES, endless, {})).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "Standard input cannot be read: it is larger than 64 MiB",
    });
  });

  it("does not read from a terminal", async () => {
    await expect(readSecrets(1, SOURCES, from("x", true), {})).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  it("prefers the command line to the environment, which serves for one only", async () => {
    const sources = { ...SOURCES, stdin: false };
    const env = { PASSWORD: "env" };
    expect(await readSecrets(1, { ...sources, given: ["flag"] }, from(""), env)).toEqual(["flag"]);
    expect(await readSecrets(1, sources, from(""), env)).toEqual(["env"]);
    expect(await readSecrets(0, sources, from(""), env)).toEqual([]);
    expect(await readSecrets(1, { ...sources, given: [""] }, from(""), env)).toEqual(["env"]);
    expect(await readSecrets(0, { ...sources, given: [""] }, from(""), {})).toEqual([]);
    await expect(readSecrets(2, sources, from(""), env)).rejects.toThrow(/2 passwords are needed/);
  });
});
