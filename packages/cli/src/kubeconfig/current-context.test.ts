import { expect, it } from "vitest";
import { plainContext } from "./current-context.js";

const CONTEXTS = "contexts:\n- name: a\n  context: {cluster: a, user: a}\n";

it.each([
  ["as client-go writes it", `${CONTEXTS}current-context: k3d-dev\nkind: Config\n`, "k3d-dev"],
  ["with Windows' ends of lines", "apiVersion: v1\r\ncurrent-context: k3d-dev\r\n", "k3d-dev"],
  ["an address of a cloud", "current-context: user@cluster.eu-1/x\n", "user@cluster.eu-1/x"],
  ["none", 'current-context: ""\n', ""],
  ["in quotes, as YAML writers may", 'current-context: "k3d-dev"\n', "k3d-dev"],
  ["in the other quotes", "current-context: '12'\n", "12"],
  ["an empty file", "", ""],
])("reads the current context from its line: %s", (_case, text, expected) => {
  expect(plainContext(text)).toBe(expected);
});

it.each([
  ["no such line, as JSON has none", '{"current-context": "k3d-dev"}'],
  ["an indented one", "  current-context: k3d-dev\n"],
  ["quotes", 'current-context: "k3d-\\x41"\n'],
  ["a quoted key", '"current-context": k3d-dev\n'],
  ["a comment behind it", "current-context: k3d-dev # mine\n"],
  ["a number, which is not a name", "current-context: 12\n"],
  ["a word that is not a text", "current-context: true\n"],
  ["an anchor", "current-context: &a k3d-dev\n"],
  ["a value on the next line", "current-context:\n  k3d-dev\n"],
  ["two of them", "current-context: a\ncurrent-context: b\n"],
])("leaves to the parser what only that can tell: %s", (_case, text) => {
  expect(plainContext(text)).toBeUndefined();
});
