/**
 * Runs checks and tests, those that share no engine at once, and prints the totals.
 *
 *   node scripts/testing/run.ts [--only STAGE[,STAGE…]]
 *
 * Reports and logs of the run are left in `.tools/test`.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runStage, type Stage, type StageResult } from "./stage.ts";
import { summarize, summaryLine, type VitestReport } from "./summary.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const logs = join(root, ".tools", "test");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const reporters = ["--reporter=default", "--reporter=json"];

const vitest = (project: string, minutes: number): Stage => {
  const report = join(logs, `${project}.json`);
  return {
    name: project,
    command: [
      bin("vitest"),
      "run",
      `--project=${project}`,
      ...reporters,
      `--outputFile.json=${report}`,
    ],
    minutes,
    report,
  };
};

/** Needs no engine: the lists run at once, each from its first stage to its last. */
const checks: Stage[][] = [
  [
    { name: "typecheck", command: [bin("tsc"), "-p", "tsconfig.json"] },
    { name: "build", command: [bin("tsc"), "-b", "tsconfig.build.json"] },
    { name: "publint", command: ["node", "scripts/publint.ts"] },
  ],
  [
    { name: "lint", command: [bin("oxlint"), "--type-aware", "--deny-warnings"] },
    { name: "knip", command: [bin("knip"), "--no-progress"] },
    vitest("unit", 10),
  ],
];

/** Brings up what the engine tests need: one after the other. */
const preparations: Stage[] = [
  { name: "engine", command: ["node", "test/engine/ensure-docker.ts"], minutes: 10 },
  { name: "images", command: ["node", "test/images/ensure.ts"], minutes: 15 },
];

/** Shares one engine: one after the other. */
const engineTests: Stage[] = [vitest("conformance", 15), vitest("e2e", 30)];

const { values } = parseArgs({ options: { only: { type: "string" } } });
const only = values.only?.split(",");
const chosen = (stages: Stage[]): Stage[] =>
  stages.filter(({ name }) => only === undefined || only.includes(name));

async function inOrder(stages: Stage[]): Promise<StageResult[]> {
  const results: StageResult[] = [];
  for (const stage of stages) results.push(await runStage(stage, root, logs));
  return results;
}

function readReport({ stage }: StageResult): VitestReport | undefined {
  if (stage.report === undefined || !existsSync(stage.report)) return undefined;
  return JSON.parse(readFileSync(stage.report, "utf8"));
}

await rm(logs, { recursive: true, force: true });
await mkdir(logs, { recursive: true });

const [checked, prepared] = await Promise.all([
  Promise.all(checks.map((stages) => inOrder(chosen(stages)))),
  inOrder(chosen(engineTests).length > 0 ? preparations : []),
]);
const results = [...checked.flat(), ...prepared, ...(await inOrder(chosen(engineTests)))];

const failures = results.filter(({ ok }) => !ok);
if (failures.length > 0) console.log("");
for (const { stage, reason } of failures) {
  console.log(`${stage.name} failed: ${reason}; see ${join(logs, `${stage.name}.log`)}`);
}
console.log(`\n${summaryLine(summarize(results, readReport))}`);
process.exitCode = failures.length === 0 ? 0 : 1;
