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
  [["noexec"], "type=bind,src=/s,dst=/d,noexec"],
])("writes a bind with the options %j", (options, expected) => {
  expect(mountArgs(bind(options))).toEqual(["--mount", expected]);
});
