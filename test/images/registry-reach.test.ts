import { describe, expect, it } from "vitest";
import { registryHost } from "./registry-reach.ts";

describe("registryHost", () => {
  it.each([
    ["docker.io/library/nginx:1.28", "registry-1.docker.io"],
    ["ghcr.io/owner/name:v1", "ghcr.io"],
    ["localhost:5000/name@sha256:abc", "localhost:5000"],
  ])("of %s is %s", (reference, host) => {
    expect(registryHost(reference)).toBe(host);
  });
});
