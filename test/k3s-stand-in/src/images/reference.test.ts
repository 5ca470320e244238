import { expect, test } from "vitest";
import { formatReference, parseReference } from "./reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

test.each([
  ["alpine", "docker.io/library/alpine:latest"],
  ["alpine:3", "docker.io/library/alpine:3"],
  ["rancher/k3s:v1", "docker.io/rancher/k3s:v1"],
  ["localhost/a", "localhost/a:latest"],
  ["reg:5000/a/b", "reg:5000/a/b:latest"],
  ["reg.example/a:v1", "reg.example/a:v1"],
  [`reg.example/a@${digest}`, `reg.example/a@${digest}`],
  [`reg.example/a:v1@${digest}`, `reg.example/a:v1@${digest}`],
])("%s is %s", (short, full) => {
  expect(formatReference(parseReference(short))).toBe(full);
});

test.each(["", "Upper", "a:b:c", "a@sha256:xyz", "reg.example/", "a//b:"])(
  "%j is not a reference",
  (text) => {
    expect(() => parseReference(text)).toThrow("invalid reference format");
  },
);
