import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../src/host/run.ts";
import { eventually } from "./support/eventually.ts";

const exec = promisify(execFile);
const runModule = new URL("../src/host/run.ts", import.meta.url).href;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp("/var/tmp/k3d-helpers-");
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

function processGroup(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2];
}

async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2)[0];
}

it("helper programs do not share the terminal's process group", async () => {
  const own = processGroup(await readFile("/proc/self/stat", "utf8"));
  const group = processGroup(await run("cat", ["/proc/self/stat"]));
  expect(group).toMatch(/^\d+$/);
  expect(group).not.toBe(own);
});

it("helper programs, and what they started, end with the process", async () => {
  const file = join(directory, "pids");
  const helper = `sleep 86400 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; wait`;
  const script = `
    const { run } = await import(${JSON.stringify(runModule)});
    const { existsSync } = await import("node:fs");
    void run("sh", ["-c", ${JSON.stringify(helper)}]);
    setInterval(() => existsSync(${JSON.stringify(file)}) && process.exit(0), 20);
  `;
  await exec(process.execPath, ["--no-warnings", "--input-type=module", "--eval", script]);
  const pids = (await readFile(file, "utf8")).trim().split(" ").map(Number);
  expect(pids).toHaveLength(2);
  await eventually(async () => {
    const states = await Promise.all(pids.map(stateOf));
    return states.every((state) => state === undefined || state === "Z") ? true : undefined;
  });
});

it("helper programs end when they are aborted", async () => {
  const signal = AbortSignal.timeout(100);
  await expect(run("sleep", ["86400"], { signal })).rejects.toMatchObject({ code: "ABORTED" });
});
