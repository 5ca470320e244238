import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../scripts/packing/package.ts";

const OLDEST = "22.18.0";

/** The oldest Node that the CLI supports, from the npm package that carries the program. */
export async function oldestNode(): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(ROOT, ".tools", `node-${OLDEST}`);
  const program = join(prefix, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  await mkdir(prefix, { recursive: true });
  const options = [
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
    `--prefix=${prefix}`,
  ];
  await execa("npm", ["install", ...options, `${name}@${OLDEST}`]);
  return program;
}
