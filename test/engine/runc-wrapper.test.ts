import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const WRAPPER = join(import.meta.dirname, "runc-wrapper.pl");
const UNLIMITED = "18446744073709551615";

function edit(mode: "--edit-config" | "--edit-process", input: string): string {
  return execFileSync("perl", [WRAPPER, mode], { input, encoding: "utf8" });
}

/** The hard limit of open files that processes started here have. */
function openFilesLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1]);
}

const PROCESS = {
  terminal: false,
  args: ["sh", "-c", 'echo "CAP_SYS_RESOURCE" {[ \\'],
  env: ['QUOTED="rlimits":[{', "NAME=CAP_SYS_RESOURCE"],
  capabilities: {
    bounding: ["CAP_CHOWN", "CAP_SYS_RESOURCE", "CAP_KILL"],
    effective: ["CAP_SYS_RESOURCE"],
    permitted: ["CAP_KILL", "CAP_SYS_RESOURCE"],
    inheritable: [],
  },
  oomScoreAdj: -500,
};

const EDITED = {
  ...PROCESS,
  capabilities: {
    bounding: ["CAP_CHOWN", "CAP_KILL"],
    effective: [],
    permitted: ["CAP_KILL"],
    inheritable: [],
  },
  oomScoreAdj: 0,
};

describe("runc wrapper", () => {
  it("drops the capability and a lowered oom score from a process", () => {
    expect(JSON.parse(edit("--edit-process", JSON.stringify(PROCESS)))).toEqual(EDITED);
  });

  it("edits the process of a bundle and nothing else of it", () => {
    const bundle = {
      ociVersion: "1.0.2",
      annotations: { capabilities: "CAP_SYS_RESOURCE" },
      process: PROCESS,
      linux: { rlimits: [{ type: "RLIMIT_NOFILE", hard: 9e9, soft: 9e9 }], oomScoreAdj: -1 },
    };
    const edited = JSON.parse(edit("--edit-config", JSON.stringify(bundle)));
    expect(edited).toEqual({ ...bundle, process: EDITED });
  });

  it("understands indented JSON", () => {
    const edited = edit("--edit-process", JSON.stringify(PROCESS, undefined, "\t"));
    expect(JSON.parse(edited)).toEqual(EDITED);
  });

  it("lowers limits to what this machine may give and keeps lower ones", () => {
    const most = openFilesLimit();
    const rlimits = [
      { type: "RLIMIT_NOFILE", hard: most * 2, soft: most + 1 },
      { type: "RLIMIT_NOFILE", hard: most - 1, soft: 7 },
    ];
    expect(JSON.parse(edit("--edit-process", JSON.stringify({ rlimits }))).rlimits).toEqual([
      { type: "RLIMIT_NOFILE", hard: most, soft: most },
      { type: "RLIMIT_NOFILE", hard: most - 1, soft: 7 },
    ]);
  });

  it("reads an unlimited limit without losing digits", () => {
    const input = `{"rlimits":[{"type":"RLIMIT_UNKNOWN","hard":${UNLIMITED},"soft":${UNLIMITED}}]}`;
    expect(edit("--edit-process", input)).toBe(input);
  });

  it.each([
    ["no capabilities", '{"args":["sh"],"rlimits":null,"oomScoreAdj":100}'],
    ["an empty object", "{}"],
    ["text that is not JSON, which runc shall judge", "not JSON"],
  ])("passes on %s as it is", (_, input) => {
    expect(edit("--edit-process", input)).toBe(input);
  });
});
