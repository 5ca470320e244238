import { describe, expect, it } from "vitest";
import { reportError } from "../errors/report-error.js";
import { writeOut } from "./write-out.js";
import { lostOutput, writeResult } from "./write-result.js";

const failing = (code: string) => ({
  write: () => {
    throw Object.assign(new Error(`${code}: write`), { code });
  },
});

describe("writeResult", () => {
  it.each([
    ["ENOSPC", "NO_SPACE"],
    ["EDQUOT", "NO_SPACE"],
    ["EIO", "INTERNAL"],
  ])("%s becomes %s", async (code, wanted) => {
    expect(() => writeResult("text", failing(code))).toThrow(
      expect.objectContaining({ code: wanted }),
    );
    await expect(
      writeOut("text", failing(code) as unknown as NodeJS.WriteStream),
    ).rejects.toMatchObject({ code: wanted });
    const errored = Object.assign(new Error(code), { code });
    expect(lostOutput({ errored })).toMatchObject({ code: wanted });
  });

  it("does not mind a reader that went away", () => {
    writeResult("text", failing("EPIPE"));
    expect(
      lostOutput({ errored: Object.assign(new Error("EPIPE"), { code: "EPIPE" }) }),
    ).toBeUndefined();
    expect(lostOutput({ errored: null })).toBeUndefined();
  });
});

it("an error is told, and its exit code kept, where standard output takes nothing more", () => {
  let told = "";
  const code = reportError(
    lostOutput({ errored: Object.assign(new Error(), { code: "ENOSPC" }) }),
    {
      argv: ["--json"],
      command: "k3d",
      env: {},
      stdout: failing("ENOSPC"),
      stderr: { write: (text) => (told += text) },
    },
  );
  expect(code).toBe(12);
  expect(told).toMatch(
    /^Error: The result cannot be written: no space is left there \[NO_SPACE\]\n/,
  );
});
