import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "./engine.ts";
import { liveContainers } from "./runtime-program.ts";

let root: string;
let state: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-oci-program-"));
  state = join(root, "state");
  await mkdir(join(state, "here"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

/** A runc of which the first lists meet a container whose state is not there. */
async function engineWith(failures: number, missing: string): Promise<Engine> {
  const path = join(root, "runc");
  await writeFile(
    path,
    `#!/bin/sh
echo . >>"${root}/calls"
if [ "$(wc -l <"${root}/calls")" -le ${failures} ]; then
  echo 'time="2026-11-28T17:10:57Z" level=error msg="stat ${state}/${missing}: no such file or directory"' >&2
  exit 1
fi
echo '[{"id":"here","status":"running","pid":7}]'
`,
  );
  await chmod(path, 0o755);
  return { program: { path }, paths: { runtimeState: state } } as unknown as Engine;
}

const calls = async (): Promise<number> =>
  (await readFile(join(root, "calls"), "utf8")).split("\n").length - 1;

describe("a list of runc's containers", () => {
  it("is asked for again when one of them went meanwhile", async () => {
    const engine = await engineWith(2, "gone");
    expect([...(await liveContainers(engine)).keys()]).toEqual(["here"]);
    expect(await calls()).toBe(3);
  });

  it("fails when it fails for another reason", async () => {
    const engine = await engineWith(1, "here");
    await expect(liveContainers(engine)).rejects.toMatchObject({ code: "COMMAND_FAILED" });
    expect(await calls()).toBe(1);
  });

  it("fails in the end where that goes on and on", async () => {
    const engine = await engineWith(1000, "gone");
    await expect(liveContainers(engine)).rejects.toMatchObject({ code: "COMMAND_FAILED" });
    expect(await calls()).toBe(20);
  });
});
