import { hostname } from "node:os";
import { expect, it } from "vitest";
import { processIdentity } from "./process-identity.js";

const self = processIdentity();
/** As it is where the system tells no start of a process. */
const byNumber = `${hostname()}:${process.pid}:`;

it("runs, and those of other machines are not known", async () => {
  expect(await self.isRunning(self.id)).toBe(true);
  expect(await self.isRunning(`elsewhere:${process.pid}:1`)).toBeUndefined();
  expect(await self.isRunning("no id")).toBeUndefined();
});

it("is over for one of its number that ran before the boot, where nothing else tells them apart", async () => {
  expect(await self.isRunning(byNumber)).toBe(true);
  expect(await self.isRunning(byNumber, new Date())).toBe(true);
  expect(await self.isRunning(byNumber, new Date(0))).toBe(false);
  expect(await self.isRunning(self.id, new Date(0))).toBe(true);
});
