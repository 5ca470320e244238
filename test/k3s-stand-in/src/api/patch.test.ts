import { expect, test } from "vitest";
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch.ts";

test("a merge patch sets, nests and removes", () => {
  expect(
    mergePatch({ a: 1, b: { c: 2, d: 3 }, e: [1, 2] }, { a: null, b: { d: 4 }, e: [9], f: {} }),
  ).toEqual({ b: { c: 2, d: 4 }, e: [9], f: {} });
});

test("a strategic merge patch merges lists by their key", () => {
  const target = {
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
      ],
      args: ["x"],
    },
  };
  expect(
    strategicMergePatch(target, {
      spec: { containers: [{ name: "b", image: "2" }, { name: "c" }], args: ["y"] },
    }),
  ).toEqual({
    spec: {
      containers: [{ name: "a", image: "1" }, { name: "b", image: "2" }, { name: "c" }],
      args: ["y"],
    },
  });
});

test("the directives of strategic merge patches", () => {
  const target = {
    spec: { taints: [{ key: "a" }, { key: "b" }], keep: 1, drop: 2 },
    metadata: { finalizers: ["x"] },
  };
  expect(
    strategicMergePatch(target, { spec: { taints: [{ key: "a", $patch: "delete" }] } }),
  ).toMatchObject({ spec: { taints: [{ key: "b" }] } });
  expect(strategicMergePatch(target, { spec: { $retainKeys: ["keep"], keep: 3 } })).toMatchObject({
    spec: { keep: 3 },
  });
  expect(strategicMergePatch(target, { spec: { $patch: "replace", only: 1 } })).toMatchObject({
    spec: { only: 1 },
  });
  expect(
    strategicMergePatch(target, {
      metadata: {
        $deleteFromPrimitiveList: 0,
        "$deleteFromPrimitiveList/finalizers": ["x"],
        finalizers: null,
      },
    }),
  ).not.toHaveProperty("metadata.finalizers");
});

test("a JSON patch adds, removes, replaces, moves, copies and tests", () => {
  const target = { a: { "x/y": 1 }, list: [1, 2] };
  const steps = [
    { op: "test" as const, path: "/a/x~1y", value: 1 },
    { op: "add" as const, path: "/list/1", value: 9 },
    { op: "add" as const, path: "/list/-", value: 5 },
    { op: "copy" as const, from: "/list", path: "/copied" },
    { op: "move" as const, from: "/a/x~1y", path: "/moved" },
    { op: "remove" as const, path: "/list/0" },
    { op: "replace" as const, path: "/a", value: null },
  ];
  expect(jsonPatch(target, steps)).toEqual({
    a: null,
    list: [9, 2, 5],
    copied: [1, 9, 2, 5],
    moved: 1,
  });
  expect(target).toEqual({ a: { "x/y": 1 }, list: [1, 2] });
});

test.each([
  [[{ op: "test" as const, path: "/a", value: 2 }], "testing value /a failed"],
  [[{ op: "remove" as const, path: "/none" }], "missing path: /none"],
  [[{ op: "add" as const, path: "/list/7", value: 1 }], "index out of range: /list/7"],
  [[{ op: "replace" as const, path: "/no/where", value: 1 }], "missing path: /no/where"],
])("%j is refused", (steps, message) => {
  expect(() => jsonPatch({ a: 1, list: [] }, steps)).toThrow(message);
});
