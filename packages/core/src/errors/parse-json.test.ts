import { expect, it } from "vitest";
import { parseAnswer } from "./parse-json.js";

it.each(["", "[{", "<html>"])("tells an answer that is not JSON from a defect: %j", (text) => {
  expect(() => parseAnswer(text, "list containers")).toThrow(
    expect.objectContaining({
      code: "RUNTIME_ERROR",
      message: "Cannot list containers: the answer is not valid JSON",
    }),
  );
});
