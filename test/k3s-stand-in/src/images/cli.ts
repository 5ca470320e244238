import type { Knobs } from "../knobs.ts";

export async function runImageTool(tool: string, _args: string[], _knobs: Knobs): Promise<void> {
  process.stderr.write(`${tool}: not here yet\n`);
  process.exitCode = 1;
  await Promise.resolve();
}
