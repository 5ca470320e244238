import { expect, test } from "vitest";
import { fieldSelector, labelSelector } from "./selectors.ts";

const object = {
  metadata: { name: "n", namespace: "ns", labels: { app: "web", tier: "front" } },
  status: { phase: "Running" },
};

test.each([
  ["", true],
  ["app=web", true],
  ["app==web,tier!=back", true],
  ["app!=web", false],
  ["app", true],
  ["!app", false],
  ["!other,app in (web, api)", true],
  ["app notin (web)", false],
  ["other notin (x)", true],
  ["other in (x)", false],
  ["other=", false],
])("label selector %j", (text, expected) => {
  expect(labelSelector(text)(object)).toBe(expected);
});

test.each([
  ["metadata.name=n", true],
  ["metadata.name!=n", false],
  ["metadata.namespace==ns,status.phase=Running", true],
  ["spec.nodeName=", true],
])("field selector %j", (text, expected) => {
  expect(fieldSelector(text)(object)).toBe(expected);
});

test("malformed selectors are bad requests", () => {
  expect(() => labelSelector("a b")).toThrow("unable to parse requirement: a b");
  expect(() => fieldSelector("metadata.name")).toThrow("invalid field selector: metadata.name");
});
