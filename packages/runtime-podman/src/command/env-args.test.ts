import { expect, it } from "vitest";
import { csvField } from "./csv.js";
import { envArgs } from "./env-args.js";

it("keeps the values of secrets off the command line", () => {
  expect(envArgs(["A=b=c", "K3S_TOKEN=abc=def", "EMPTY=", "FROM_PODMAN", "MY_PASSWORD="])).toEqual({
    args: [
      "--env",
      "A=b=c",
      "--env",
      "K3S_TOKEN",
      "--env",
      "EMPTY=",
      "--env",
      "FROM_PODMAN",
      "--env",
      "MY_PASSWORD",
    ],
    env: { K3S_TOKEN: "abc=def", MY_PASSWORD: "" },
  });
});

it.each([
  ["plain", "plain"],
  ["a,b", '"a,b"'],
  ['say "x"', '"say ""x"""'],
])("writes %s as the CSV field %s", (value, field) => {
  expect(csvField(value)).toBe(field);
});
