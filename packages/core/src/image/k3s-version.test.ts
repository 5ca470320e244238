import { expect, it } from "vitest";
import { isOlder, k3sVersionOf } from "./k3s-version.js";

it.each([
  ["rancher/k3s:v1.21.14-k3s1", "v1.21.14+k3s1"],
  ["localhost:5000/k3s:v1.30.0+k3s2", "v1.30.0+k3s2"],
  ["rancher/k3s:v1.30.0-k3s1@sha256:00", "v1.30.0+k3s1"],
  ["rancher/k3s:latest", undefined],
  ["rancher/k3s", undefined],
])("%s is of %s", (image, version) => {
  expect(k3sVersionOf(image)).toBe(version);
});

it.each([
  ["v1.9.0+k3s1", "v1.10.0+k3s1", true],
  ["v1.30.1+k3s1", "v1.30.1+k3s2", true],
  ["v1.30.1+k3s2", "v1.30.1+k3s2", false],
  ["v2.0.0", "v1.30.1+k3s2", false],
  ["", "v1.30.1", false],
  ["v1.30.1", "dev", false],
])("%s before %s: %s", (version, other, wanted) => {
  expect(isOlder(version, other)).toBe(wanted);
});
