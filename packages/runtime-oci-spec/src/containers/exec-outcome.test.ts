import { describe, expect, it } from "vitest";
import { execOutcome } from "./exec-outcome.ts";

const log = (msg: string): string =>
  `${JSON.stringify({ level: "debug", msg: "child process in init()" })}\n${JSON.stringify({ level: "error", msg, time: "2026-11-28T19:26:06Z" })}\n`;

const outcome = (exitCode: number | undefined, words?: string): number =>
  execOutcome("node", ["/bin/it"], exitCode, words === undefined ? undefined : log(words));

describe("how a command in a container ended", () => {
  it("is told by its own exit code", () => {
    expect([outcome(0), outcome(7), outcome(0, "something of no consequence")]).toEqual([0, 7, 0]);
  });

  it.each([
    [
      127,
      'exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH',
    ],
    [
      127,
      'exec failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory',
    ],
    [127, "executable file `/no/such/executable` not found: No such file or directory"],
    [127, "executable file `nosuch` not found in $PATH: No such file or directory"],
    [126, 'exec failed: unable to start container process: exec: "/etc/passwd": permission denied'],
    [126, 'exec failed: unable to start container process: exec: "/etc": is a directory'],
    [126, "open executable: Permission denied"],
    [126, "exec container process `/script`: Exec format error"],
  ])("is %d, as of a shell, where runc or crun could not start it: %s", (code, words) => {
    expect(outcome(255, words)).toBe(code);
  });

  it.each(["the container `node` is not running", "cannot exec in a stopped container"])(
    "is no exit code where the container ended meanwhile: %s",
    (words) => {
      expect(() => outcome(1, words)).toThrow(
        expect.objectContaining({ code: "CONTAINER_FAILED" }),
      );
    },
  );

  it("is no exit code where it was killed, or the program failed", () => {
    const failed = expect.objectContaining({ code: "RUNTIME_ERROR" }) as Error;
    expect(() => outcome(undefined)).toThrow(failed);
    expect(() => outcome(255, "write to cgroup: out of memory")).toThrow(failed);
  });
});
