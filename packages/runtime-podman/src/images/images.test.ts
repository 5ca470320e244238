import { describe, expect, it } from "vitest";
import { fixture } from "../../test-support/fixture.js";
import { imageCandidates } from "./candidates.js";
import { imageInfo, imageSummaries, type ImageJson, type ImageListJson } from "./from-native.js";

describe("imageCandidates", () => {
  it.each([
    ["nginx", ["docker.io/library/nginx:latest", "localhost/nginx:latest"]],
    ["team/app:1", ["docker.io/team/app:1", "localhost/team/app:1"]],
    ["localhost/app:1", ["localhost/app:1"]],
    ["k3d.local/busybox:dev", ["k3d.local/busybox:dev"]],
    ["docker.io/nginx", ["docker.io/library/nginx:latest"]],
    [`sha256:${"a".repeat(64)}`, [`sha256:${"a".repeat(64)}`]],
  ])("%s may be %j", (reference, candidates) => {
    expect(imageCandidates(reference)).toEqual(candidates);
  });

  it("refuses what is not a reference", () => {
    expect(() => imageCandidates("--privileged")).toThrow("Invalid image reference");
  });
});

it("reads an image from what podman recorded", async () => {
  const [json] = await fixture<[ImageJson]>("image");
  expect(imageInfo(json)).toMatchObject({
    id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    references: ["k3d.local/busybox:dev"],
    os: "linux",
    architecture: "amd64",
    config: { cmd: ["sh"], entrypoint: [], volumes: [], exposedPorts: [] },
  });
});

it("lists each image once", async () => {
  const list = await fixture<ImageListJson[]>("images");
  const [first] = list;
  const twice = imageSummaries([...list, ...(first === undefined ? [] : [first])]);
  expect(twice).toHaveLength(list.length);
  const busybox = twice.find(({ references }) => references.includes("k3d.local/busybox:dev"));
  expect(busybox?.created?.getFullYear()).toBeGreaterThan(2020);
  expect(busybox?.size).toBeGreaterThan(1_000_000);
});
