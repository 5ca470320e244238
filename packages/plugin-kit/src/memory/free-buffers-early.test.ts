import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MODULE = new URL("free-buffers-early.ts", import.meta.url).href;

/** The most megabytes of buffers at a time in a process through which 150 MB pass. */
async function most(prepare: string): Promise<number> {
  const script = `
    import { Readable } from "node:stream";
    import { freeBuffersEarly } from "${MODULE}";
    ${prepare}
    const pieces = function* () {
      for (let at = 0; at < 2400; at += 1) yield Buffer.allocUnsafeSlow(65536).fill(1);
    };
    let most = 0;
    for await (const _ of Readable.from(pieces(), { objectMode: false }))
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    console.log(most);`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe("");
  return Number(stdout) / 1_000_000;
}

it("holds few buffers in a process through which much passes", async () => {
  expect(await most("freeBuffersEarly();")).toBeLessThan((await most("")) / 2);
});
