import { expect, test } from "vitest";
import { gateEnabled, inUserNamespace } from "./user-namespace.ts";

test.each([
  ["         0          0 4294967295\n", false],
  ["         0       1000          1\n         1     100000      65536\n", true],
  ["         0     100000      65536\n", true],
])("a user namespace is known by its map %j", (map, expected) => {
  expect(inUserNamespace(map)).toBe(expected);
});

test.each<[string[], boolean]>([
  [[], false],
  [["feature-gates=KubeletInUserNamespace=true"], true],
  [["--feature-gates=A=true,KubeletInUserNamespace=true"], true],
  [["feature-gates=KubeletInUserNamespace=true", "v=2", "feature-gates=A=false"], true],
  [["feature-gates=KubeletInUserNamespace=true,KubeletInUserNamespace=false"], false],
  [["max-pods=10"], false],
])("the gate in %j", (args, expected) => {
  expect(gateEnabled(args, "KubeletInUserNamespace")).toBe(expected);
});
