import type { MountSpec } from "@k3d/core/runtime";
import { expect, it } from "vitest";
import { mountArgs } from "./mount-args.js";

const bind = (options: string[]): MountSpec => ({
  type: "bind",
  source: "/s",
  destination: "/d",
  options,
});

it.each([
  [["rw"], "type=bind,src=/s,dst=/d"],
  [["rbind", "rslave"], "type=bind,src=/s,dst=/d,bind-propagation=rslave"],
  [["bind"], "type=bind,src=/s,dst=/d,bind-nonrecursive"],
  [["z", "ro"], "type=bind,src=/s,dst=/d,relabel=shared,ro"],
  [["cached", "ro"], "type=bind,src=/s,dst=/d,ro"],
  [["nocopy"], "type=bind,src=/s,dst=/d"],
  [["U", "ro"], "type=bind,src=/s,dst=/d,U,ro"],
  [["noexec"], "type=bind,src=/s,dst=/d,noexec"],
])("writes a bind with the options %j", (options, expected) => {
  expect(mountArgs(bind(options))).toEqual(["--mount", expected]);
});

it.each([
  ["bind", ["O"], "/s:/d:O"],
  ["volume", ["O"], "/s:/d:O"],
  ["volume", ["z", "ro"], "/s:/d:z,ro"],
  ["volume", ["nocopy"], "/s:/d:nocopy"],
] as const)("writes a %s with %j as a volume, which alone takes it", (type, options, expected) => {
  expect(mountArgs({ ...bind([...options]), type })).toEqual(["--volume", expected]);
});

it("leaves what has no effect out of a volume by name", () => {
  const volume: MountSpec = { ...bind(["delegated", "U"]), type: "volume" };
  expect(mountArgs(volume)).toEqual(["--mount", "type=volume,src=/s,dst=/d,U"]);
});
