import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { shellCommand } from "./quote.ts";

it("survives a shell", () => {
  const args = ["a b", "it's", "$HOME", "", "x*", 'q"q', "line\nline", "--flag=k3d@server:*"];
  const command = shellCommand([
    process.execPath,
    "-p",
    "JSON.stringify(process.argv.slice(1))",
    ...args,
  ]);
  expect(JSON.parse(execFileSync("sh", ["-c", command], { encoding: "utf8" }))).toEqual(args);
});
