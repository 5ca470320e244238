import { EventEmitter } from "node:events";
import { isK3dError } from "@k3d/core";
import { describe, expect, it } from "vitest";
import { interruptExitCode, watchInterrupts } from "./interrupt.js";

function watch() {
  const source = new EventEmitter();
  const told: string[] = [];
  const exits: number[] = [];
  const interrupt = watchInterrupts({
    source: source as unknown as NodeJS.Process,
    onInterrupt: (name) => told.push(name),
    exit: (code) => exits.push(code),
  });
  return { source, told, exits, interrupt };
}

describe("watchInterrupts", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("aborts at the first %s and exits with %i at the second", (name, code) => {
    const { source, told, exits, interrupt } = watch();
    expect(interrupt.signal.aborted).toBe(false);
    source.emit(name);
    expect(told).toEqual([name]);
    expect(isK3dError(interrupt.signal.reason, "ABORTED")).toBe(true);
    expect(interruptExitCode(interrupt.signal.reason)).toBe(code);
    expect(exits).toEqual([]);
    source.emit(name);
    expect(exits).toEqual([code]);
    expect(told).toEqual([name]);
  });

  it("gives the signals back", () => {
    const { source, interrupt } = watch();
    interrupt.dispose();
    expect(source.eventNames()).toEqual([]);
    source.emit("SIGINT");
    expect(interrupt.signal.aborted).toBe(false);
  });
});

it("has no exit code of its own for other errors", () => {
  expect(interruptExitCode(new Error("SIGINT"))).toBeUndefined();
});
