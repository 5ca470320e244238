import { expect, it } from "vitest";
import { k3sVersionOf } from "./status.js";

it.each([
  ["docker.io/rancher/k3s:v1.33.6-k3s1", "v1.33.6+k3s1"],
  ["rancher/k3s:v1.33.6-k3s1-amd64", "v1.33.6+k3s1"],
  ["rancher/k3s:v1.33.6-rc1-k3s1", "v1.33.6-rc1+k3s1"],
  ["registry:5000/k3s:v1.33.6-k3s1@sha256:abc", "v1.33.6+k3s1"],
  ["rancher/k3s:v1.30.0", "v1.30.0"],
  ["rancher/k3s:latest", undefined],
  ["registry:5000/k3s", undefined],
  ["sha256:0123", undefined],
])("the release of %s is %s", (image, version) => {
  expect(k3sVersionOf(image)).toBe(version);
});
