import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { Meeting } from "./meeting.ts";

function meeting(expected: number): { meeting: Meeting; times: () => number } {
  let times = 0;
  const action = async (): Promise<void> => void times++;
  return { meeting: new Meeting(expected, action), times: () => times };
}

it("does once what all wait for, and not before the last has come", async () => {
  const { meeting: both, times } = meeting(2);
  const first = both.attend();
  await pause(20);
  expect(times()).toBe(0);
  await Promise.all([first, both.attend()]);
  expect(times()).toBe(1);
});

it("does not wait for those who have left", async () => {
  const { meeting: both, times } = meeting(2);
  const first = both.attend();
  both.leave();
  await first;
  expect(times()).toBe(1);
});

it("does nothing when all leave, and the same again when they meet again", async () => {
  const { meeting: both, times } = meeting(2);
  await Promise.all([both.attend(), both.attend()]);
  await Promise.all([both.attend(), both.attend()]);
  expect(times()).toBe(2);
  both.leave();
  both.leave();
  expect(times()).toBe(2);
});

it("fails for all when it fails", async () => {
  const both = new Meeting(2, async () => {
    throw new Error("it does not boot");
  });
  const outcomes = await Promise.allSettled([both.attend(), both.attend()]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
