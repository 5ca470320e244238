import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isCleanOutcome, outcome } from "../../test-support/outcome.js";
import {
  formatImageReference,
  fullImageReference,
  isImageId,
  isSameImageReference,
  namesRegistry,
  parseImageReference,
} from "./reference.js";

const HEX = "0123456789abcdef".repeat(4);

describe("fullImageReference", () => {
  it("knows how the tag of a release is written", () => {
    expect(() => fullImageReference("rancher/k3s:v1.31.2+k3s1")).toThrow(
      expect.objectContaining({
        hint: 'The tag of that release is written with a hyphen: "v1.31.2-k3s1"',
      }),
    );
  });

  it.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.27", "docker.io/library/nginx:1.27"],
    ["rancher/k3s:v1.31.5-k3s1", "docker.io/rancher/k3s:v1.31.5-k3s1"],
    ["docker.io/nginx", "docker.io/library/nginx:latest"],
    ["index.docker.io/nginx", "docker.io/library/nginx:latest"],
    ["docker.io/library/nginx:1.27", "docker.io/library/nginx:1.27"],
    ["localhost/app", "localhost/app:latest"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["registry:5000/a/b:c", "registry:5000/a/b:c"],
    ["k3d.local/busybox:dev", "k3d.local/busybox:dev"],
    ["MyHost/app", "MyHost/app:latest"],
    ["[::1]:5000/app:1", "[::1]:5000/app:1"],
    ["a__b/c.d-e", "docker.io/a__b/c.d-e:latest"],
    [`nginx@sha256:${HEX}`, `docker.io/library/nginx@sha256:${HEX}`],
    [`nginx:1@sha256:${HEX}`, `docker.io/library/nginx:1@sha256:${HEX}`],
  ])("%s is %s", (text, full) => {
    expect(fullImageReference(text)).toBe(full);
  });

  it.each([
    ["", "a repository name is missing"],
    ["Nginx", '"Nginx" is not a repository name'],
    ["nginx:", '"" is not a tag'],
    ["nginx:-x", '"-x" is not a tag'],
    [`nginx:${"x".repeat(129)}`, "is not a tag"],
    ["a//b", '"a//b" is not a repository name'],
    ["a/b/", '"a/b/" is not a repository name'],
    ["-host.local/a", '"-host.local" is not a registry host'],
    ["host.local:port/a", '"host.local:port" is not a registry host'],
    ["nginx@sha256:abc", '"sha256:abc" is not a digest'],
    ["--privileged", "is not a repository name"],
    ["a b", "is not a repository name"],
    [HEX, "it is an image id"],
    ["a".repeat(250), "longer than 255"],
  ])("refuses %j", (text, why) => {
    expect(() => fullImageReference(text)).toThrow(why);
  });
});

describe("namesRegistry", () => {
  it.each([
    ["nginx", false],
    ["library/nginx", false],
    ["localhost/nginx", true],
    ["docker.io/nginx", true],
    ["nginx:5000", false],
    ["host:5000/nginx", true],
  ])("%s: %s", (text, expected) => {
    expect(namesRegistry(text)).toBe(expected);
  });
});

it("tells ids from references", () => {
  expect(isImageId(HEX)).toBe(true);
  expect(isImageId(`sha256:${HEX}`)).toBe(true);
  expect(isImageId(HEX.slice(1))).toBe(false);
});

it("compares references by meaning", () => {
  expect(isSameImageReference("nginx", "docker.io/library/nginx:latest")).toBe(true);
  expect(isSameImageReference("nginx:1", "nginx:2")).toBe(false);
  expect(isSameImageReference("N", "N")).toBe(false);
});

const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,6})?$/);
const reference = fc.record(
  {
    domain: fc.constantFrom(
      "docker.io",
      "localhost",
      "localhost:5000",
      "k3d.local",
      "Upper",
      "[::1]:80",
    ),
    path: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
    tag: fc.stringMatching(/^\w[\w.-]{0,20}$/),
    digest: fc.constant(`sha256:${HEX}`),
  },
  { requiredKeys: ["domain", "path", "tag"] },
);

describe("for every reference", () => {
  it("parsing what was formatted gives the same parts", () => {
    fc.assert(
      fc.property(reference, (parts) => {
        expect(parseImageReference(formatImageReference(parts))).toEqual(parts);
      }),
    );
  });

  it("leaving out the default registry and namespace changes nothing", () => {
    fc.assert(
      fc.property(component, fc.stringMatching(/^\w[\w.-]{0,20}$/), (name, tag) => {
        expect(fullImageReference(`${name}:${tag}`)).toBe(`docker.io/library/${name}:${tag}`);
      }),
    );
  });

  it("any text is either refused with INVALID_INPUT or becomes a stable full reference", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9./:@_-]{1,40}$/)), (text) => {
        const result = outcome(() => fullImageReference(text));
        expect(isCleanOutcome(result, text)).toBe(true);
        const full = result.value ?? "docker.io/library/nginx:latest";
        expect(fullImageReference(full)).toBe(full);
        expect(namesRegistry(full)).toBe(true);
      }),
    );
  });
});
