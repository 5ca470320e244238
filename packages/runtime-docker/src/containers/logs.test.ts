import { Readable } from "node:stream";
import type { LogEntry } from "@k3d/core/runtime";
import { expect, it } from "vitest";
import { toEntries } from "./logs.js";

function message(stream: number, text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

function inBytes(...messages: Buffer[]): Readable {
  return Readable.from(Array.from(Buffer.concat(messages), (byte) => Buffer.from([byte])));
}

async function read(source: Readable, timestamps = false): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of toEntries(source, timestamps)) entries.push(entry);
  return entries;
}

it("joins a line from several messages and streams that mix", async () => {
  const source = inBytes(
    message(1, "a long "),
    message(2, "problem\n"),
    message(1, "line\nnext\n"),
    message(1, "end"),
  );
  expect(await read(source)).toEqual([
    { stream: "stderr", line: "problem" },
    { stream: "stdout", line: "a long line" },
    { stream: "stdout", line: "next" },
    { stream: "stdout", line: "end" },
  ]);
});

it("drops the carriage return of a terminal's lines and keeps empty lines", async () => {
  expect((await read(inBytes(message(1, "one\r\n\ntwo\n")))).map(({ line }) => line)).toEqual([
    "one",
    "",
    "two",
  ]);
});

it("takes the timestamp off every message of a line and tells the first", async () => {
  const source = inBytes(
    message(1, "2026-01-01T00:00:00.000000001Z first part, "),
    message(1, "2026-01-01T00:00:01.5Z second part\n"),
    message(2, "2026-01-01T00:00:02Z a b\n"),
    message(1, "2026-01-01T00:00:03Z \n"),
  );
  expect(await read(source, true)).toEqual([
    {
      stream: "stdout",
      line: "first part, second part",
      timestamp: new Date("2026-01-01T00:00:00Z"),
    },
    { stream: "stderr", line: "a b", timestamp: new Date("2026-01-01T00:00:02Z") },
    { stream: "stdout", line: "", timestamp: new Date("2026-01-01T00:00:03Z") },
  ]);
});
