import { expect, it } from "vitest";
import { cpuPercent, type ContainerStats } from "./stats.js";

const reading = (milliseconds: number, cpuNanoseconds: number): ContainerStats => ({
  time: new Date(milliseconds),
  cpuNanoseconds,
  memoryBytes: 0,
});

it.each([
  ["half a processor", reading(1000, 0), reading(2000, 5e8), 50],
  ["two processors", reading(1000, 1e9), reading(1500, 2e9), 200],
  ["nothing", reading(1000, 7), reading(2000, 7), 0],
  ["started anew", reading(1000, 7e9), reading(2000, 1e6), undefined],
  ["the same moment", reading(1000, 0), reading(1000, 0), undefined],
])("CPU use: %s", (_, earlier, later, percent) => {
  expect(cpuPercent(earlier, later)).toBe(percent);
});
