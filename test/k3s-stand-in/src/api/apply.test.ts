import { expect, test } from "vitest";
import { applied } from "./apply.ts";

const configMap = (
  data: Record<string, string>,
): { apiVersion: string; kind: string; metadata: { name: string }; data: object } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a" },
  data,
});

test("fields that a manager no longer applies go, those of others stay", () => {
  const one = applied(undefined, configMap({ a: "1", b: "2" }), "one", false);
  const both = applied(one, configMap({ c: "3" }), "two", false);
  const less = applied(both, configMap({ a: "1" }), "one", false);
  expect(less["data"]).toEqual({ a: "1", c: "3" });
  expect(less.metadata.managedFields).toMatchObject([
    { manager: "two" },
    { manager: "one", operation: "Apply", fieldsV1: { "f:data": { "f:a": {} } } },
  ]);
});

test("another value for another manager's field is a conflict, the same value is not", () => {
  const one = applied(undefined, configMap({ a: "1" }), "one", false);
  expect(() => applied(one, configMap({ a: "2" }), "two", false)).toThrow(
    'Apply failed with 1 conflict: conflicts with "one": .data.a',
  );
  expect(applied(one, configMap({ a: "1" }), "two", false)["data"]).toEqual({ a: "1" });
  expect(applied(one, configMap({ a: "2" }), "two", true)["data"]).toEqual({ a: "2" });
});

test("applying the same again changes nothing", () => {
  const one = applied(undefined, configMap({ a: "1" }), "one", false);
  expect(applied(one, configMap({ a: "1" }), "one", false)).toEqual(one);
});
