/**
 * Start-up times against their budgets, then every benchmark in `test/bench`.
 *
 *   node scripts/bench/run.ts [--startup]
 *
 * With --startup only what needs no engine of its own is measured. The exit code is 1 when a budget
 * is missed. A benchmark in `test/bench` is a script that prints its own figures and fails likewise.
 */
import { glob } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { measureStartup } from "./startup.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const k3d = join(root, "bin", "k3d");
const { values } = parseArgs({ options: { startup: { type: "boolean", default: false } } });

const { baseline, results } = await measureStartup(`${process.execPath} -e 0`, [
  { command: `${k3d} version`, budget: 1.6 },
  { command: `${k3d} cluster list --json`, budget: 3.5 },
]);
console.log(`node -e 0: ${baseline.toFixed(1)} ms`);
let missed = 0;
for (const { command, milliseconds, ratio, budget } of results) {
  const met = ratio <= budget;
  if (!met) missed += 1;
  const name = command.replace(k3d, "k3d");
  console.log(
    `${name}: ${milliseconds.toFixed(1)} ms, ${ratio.toFixed(2)} × node -e 0 (budget ${budget}): ${met ? "met" : "MISSED"}`,
  );
}

if (!values.startup) {
  for await (const file of glob("test/bench/*.bench.ts", { cwd: root })) {
    console.log(`\n${file}`);
    const { failed } = await execa(process.execPath, [file], {
      cwd: root,
      stdio: "inherit",
      reject: false,
    });
    if (failed) missed += 1;
  }
}
process.exitCode = missed === 0 ? 0 : 1;
