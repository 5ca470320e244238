import { EventEmitter } from "node:events";
import { isK3dError } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

describe("an engine that answers no more", () => {
  const start = () => {
    const source = new EventEmitter();
    const told: string[] = [];
    const interrupt = watchInterrupts({
      source: source as unknown as NodeJS.Process,
      exit: (code) => told.push(`exit ${code}`),
      onGiveUp: (why) => told.push(why),
      graceMs: 1000,
    });
    return { source, told, interrupt };
  };

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is given up on after one signal, when nothing happens any more", () => {
    const { source, told, interrupt } = start();
    vi.advanceTimersByTime(5000);
    source.emit("SIGINT");
    vi.advanceTimersByTime(900);
    interrupt.stillAlive();
    vi.advanceTimersByTime(900);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(["silence", "exit 130"]);
  });

  it("is told of before a second signal ends the process", () => {
    const { source, told } = start();
    source.emit("SIGTERM");
    source.emit("SIGTERM");
    expect(told).toEqual(["again", "exit 143"]);
    vi.advanceTimersByTime(5000);
    expect(told).toHaveLength(2);
  });

  it("is no matter once the command has ended", () => {
    const { source, told, interrupt } = start();
    source.emit("SIGINT");
    interrupt.dispose();
    vi.advanceTimersByTime(5000);
    expect(told).toEqual([]);
  });
});
