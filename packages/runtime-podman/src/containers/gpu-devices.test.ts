import { expect, it } from "vitest";
import { gpuDevices } from "./gpu-devices.js";

it.each([
  [undefined, []],
  ["all", ["nvidia.com/gpu=all"]],
  ["2", ["nvidia.com/gpu=0", "nvidia.com/gpu=1"]],
  ["count=1", ["nvidia.com/gpu=0"]],
  ["device=3", ["nvidia.com/gpu=3"]],
  ['"device=0,2"', ["nvidia.com/gpu=0", "nvidia.com/gpu=2"]],
])("%s", (request, devices) => {
  expect(gpuDevices(request)).toEqual(devices);
});

it.each(["none", "0", "device=", "-1"])("refuses %s", (request) => {
  expect(() => gpuDevices(request)).toThrow("Invalid GPU request");
});
