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
  ["HTTP_PROXY=http://u:pw@h:1", "HTTP_PROXY"],
  ["DATABASE_URL=postgres://u:p/w@h/db", "DATABASE_URL"],
  ["STORE=u:pw@tcp(h)/db", "STORE"],
  ["KEY_FILE=-----BEGIN PRIVATE KEY-----\nx", "KEY_FILE"],
])("shows of %j the name alone, because of its value", (entry, name) => {
  const value = entry.slice(name.length + 1);
  expect(envArgs([entry])).toEqual({ args: ["--env", name], env: { [name]: value } });
});

it.each([
  ["plain", "plain"],
  ["a,b", '"a,b"'],
  ['say "x"', '"say ""x"""'],
])("writes %s as the CSV field %s", (value, field) => {
  expect(csvField(value)).toBe(field);
});
