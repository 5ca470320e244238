import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const MODULE = new URL("free-buffers-early.ts", import.meta.url).href;

/** Peak memory, in megabytes, of a process through which 150 MB pass. */
async function peak(prepare: string): Promise<number> {
  const script = `
    import { Readable } from "node:stream";
    import { freeBuffersEarly } from "${MODULE}";
    ${prepare}
    const pieces = function* () {
      for (let at = 0; at < 2400; at += 1) yield Buffer.allocUnsafeSlow(65536).fill(1);
    };
    for await (const _ of Readable.from(pieces(), { objectMode: false }));
    console.log(process.resourceUsage().maxRSS);`;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stderr).toBe("");
  return Number(stdout) / 1000;
}

it("keeps the memory small of a process through which much passes", async () => {
  expect(await peak("freeBuffersEarly();")).toBeLessThan((await peak("")) - 20);
});
