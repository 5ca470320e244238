import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogOptions } from "@k3d/core/runtime";
import { fakePodman, testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { PodmanCli } from "../command/podman-cli.js";
import { containerLogs } from "./logs.js";

/**
 * Podman as it is: the whole log without `--follow`; with it two lines, and when the container has
 * ended only some of those that it wrote at last.
 */
const PODMAN = `say() { printf '2026-11-28T12:00:0%s.000000000Z %s\\n' "$1" "$2"; }
case "$*" in
  container*) cat "$DIR/container.json";;
  *--follow*)
    say 1 one; say 2 two >&2
    while ! [ -e "$DIR/ended" ]; do sleep 0.02; done
    say 4 four;;
  *) if [ -e "$DIR/removed" ]; then echo 'Error: no container with name or ID "x" found: no such container' >&2; exit 125; fi
    say 1 one; say 2 two >&2; say 3 three; say 4 four; say 5 five >&2;;
esac`;

let folder: TestFolder;
let cli: PodmanCli;
let container: ChildProcess;

beforeEach(async () => {
  folder = await testFolder();
  container = spawn("sleep", ["300"]);
  await once(container, "spawn");
  await inspectedWith(container.pid ?? 0);
  cli = new PodmanCli({
    command: await fakePodman(folder, PODMAN),
    globalArgs: [],
    env: { PATH: "/usr/bin:/bin", DIR: folder.path },
  });
});
afterEach(async () => {
  container.kill("SIGKILL");
  await cli.close();
  await folder.remove();
});

async function inspectedWith(Pid: number): Promise<void> {
  await folder.write("container.json", JSON.stringify([{ State: { Pid } }]));
}

async function end(): Promise<void> {
  const gone = once(container, "exit");
  container.kill("SIGKILL");
  await gone;
}

/** Follows the log; what ends the container comes after its second line. */
async function followed(
  atSecond: () => Promise<unknown>,
  options: LogOptions = {},
  local = true,
): Promise<string[]> {
  const lines: string[] = [];
  for await (const { stream, line } of containerLogs(
    cli,
    "x",
    { ...options, follow: true },
    local,
  )) {
    lines.push(stream === "stderr" ? `${line} (stderr)` : line);
    if (lines.length === 2) await atSecond();
  }
  return lines;
}

const ALL = ["one", "two (stderr)", "three", "four", "five (stderr)"];

describe("a log that is followed", () => {
  it("has every line once and in order, also those that podman leaves out after the end", async () => {
    const lines = await followed(async () => {
      await end();
      await folder.write("ended", "");
    });
    expect(lines).toEqual(ALL);
  });

  it("of a container that does not run is read whole", async () => {
    await inspectedWith(0);
    expect(await followed(async () => undefined)).toEqual(ALL);
  });

  it("ends without an error when the container is removed with its log", async () => {
    const lines = await followed(async () => {
      await end();
      await folder.write("removed", "");
      await folder.write("ended", "");
    });
    expect(lines).toEqual(ALL.slice(0, 2));
  });

  it("comes as podman tells it where the process cannot be seen", async () => {
    await end();
    const ends = (): Promise<unknown> => folder.write("ended", "");
    expect(await followed(ends)).toEqual(["one", "two (stderr)", "four"]);
  });

  it("comes as podman tells it from a remote one, and where only its last lines are wanted", async () => {
    const ends = async (): Promise<unknown> => {
      await end();
      return folder.write("ended", "");
    };
    expect(await followed(ends, {}, false)).toEqual(["one", "two (stderr)", "four"]);
    container = spawn("sleep", ["300"]);
    await once(container, "spawn");
    await inspectedWith(container.pid ?? 0);
    expect(await followed(ends, { tail: 2 })).toContain("four");
  });
});
