import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { confirm } from "./confirm.js";

const ask = (answer: string | undefined) => {
  const input = new PassThrough();
  const output = new PassThrough({ encoding: "utf8" });
  if (answer !== undefined) input.end(answer);
  const controller = new AbortController();
  return {
    controller,
    output,
    answer: confirm("Sure?", { input, output, signal: controller.signal }),
  };
};

describe("confirm", () => {
  it.each(["y\n", "Y\n", "yes\n", " YES \n", "y"])("takes %j for yes", async (answer) => {
    const asked = ask(answer);
    expect(await asked.answer).toBe(true);
    expect(asked.output.read()).toBe("Sure? [y/N] ");
  });

  it.each(["n\n", "\n", "", "yep\n", "no\ny\n"])("takes %j for no", async (answer) => {
    expect(await ask(answer).answer).toBe(false);
  });

  it("ends when the command is interrupted", async () => {
    const asked = ask(undefined);
    asked.controller.abort();
    await expect(asked.answer).rejects.toMatchObject({ code: "ABORTED" });
  });
});
