/**
 * Runs the benchmarks of `test/bench` and compares them with their budgets.
 *
 *   node scripts/bench/run.ts [--json FILE] [startup|snapshot|scale|machines|lifecycle|import|create]...
 *
 * Without a name all are run. The exit code is 1 when a budget is missed. Every figure is compared with
 * another one of the same run, so that the machine's speed does not decide; a busy machine still
 * makes them less certain.
 */
import { readdir, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Benchmark, Row } from "../../test/bench/support/row.ts";
import { budgetTable } from "./table.ts";

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "test", "bench");
const SUFFIX = ".bench.ts";

const files = await readdir(folder);
const known = files
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => basename(file, SUFFIX))
  .toSorted((a, b) => b.localeCompare(a));
const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" } },
});
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const name of known.filter((candidate) => asked.length === 0 || asked.includes(candidate))) {
  console.error(`Measuring: ${name}`);
  const { default: measure } = (await import(join(folder, `${name}${SUFFIX}`))) as Benchmark;
  rows.push(...(await measure()));
}
console.log(budgetTable(rows));
if (values.json !== undefined) {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, Node ${process.version}`;
  await writeFile(
    values.json,
    `${JSON.stringify({ machine, load: loadavg()[0], rows }, undefined, 2)}\n`,
  );
}
console.log(`\nLoad of the machine: ${loadavg()[0]?.toFixed(1)}`);
const missed = rows.filter(({ met }) => !met).length;
console.log(missed === 0 ? "All budgets are met" : `Budgets missed: ${missed}`);
process.exitCode = missed === 0 ? 0 : 1;
