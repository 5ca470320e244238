/**
 * Runs checks and tests, those that share no engine at once, and prints the totals.
 *
 *   node scripts/testing/run.ts [--only STAGE[,STAGE…]] [--machines] [--vm]
 *
 * With --machines come the tests of clusters over several dockerds (test/machines).
 * With --vm a short form of the trials in a virtual machine (test/vm) comes last.
 * Reports and logs of the run are left in `.tools/test`.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runStage, type Stage, type StageResult } from "./stage.ts";
import { failuresOf, summarize, summaryLine, type VitestReport } from "./summary.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const logs = join(root, ".tools", "test");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const reporters = ["--reporter=default", "--reporter=json"];

interface VitestStage {
  name?: string;
  minutes: number;
  /** Paths that test files must contain; all of the project's by default. */
  files?: string[];
  /** Test files that are left out. */
  exclude?: string;
  env?: Record<string, string>;
}

const vitest = (
  project: string,
  { name = project, minutes, files = [], exclude, env }: VitestStage,
): Stage => {
  const report = join(logs, `${name}.json`);
  return {
    name,
    command: [
      bin("vitest"),
      "run",
      `--project=${project}`,
      ...reporters,
      `--outputFile.json=${report}`,
      ...(exclude === undefined ? [] : [`--exclude=${exclude}`]),
      ...files,
    ],
    minutes,
    report,
    env,
  };
};

/**
 * The stage in a network namespace of its own, with nothing but loopback: it can ask nobody, and does
 * not see the networks that other stages make and remove (a browser gives up its requests then).
 */
const cutOff = (stage: Stage): Stage => ({
  ...stage,
  command: [
    "unshare",
    "--net",
    ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
    "sh",
    "-c",
    'ip link set lo up && exec "$@"',
    "sh",
    ...stage.command,
  ],
});

interface EngineStage {
  engine: string;
  stage: Stage;
}

const imagesFor = (runtime: string): string[] => [
  "node",
  "test/images/ensure.ts",
  "--runtime",
  runtime,
];

/** Where the conformance suite is called for each runtime. */
const CONFORMANCE_OF: Record<string, string[]> = {
  // The example for nerdctl is shown on Docker's command line.
  docker: ["packages/runtime-docker/conformance", "examples/runtime-nerdctl/conformance"],
  podman: ["packages/runtime-podman/conformance"],
  oci: ["packages/runtime-oci-spec/conformance"],
};

/** Needs no engine: the lists run at once, each from its first stage to its last. */
const checks: Stage[][] = [
  [
    { name: "typecheck", command: [bin("tsc"), "-p", "tsconfig.json"] },
    { name: "imports", command: ["node", "scripts/checks/check-imports.ts"] },
    { name: "build", command: [bin("tsc"), "-b", "tsconfig.build.json"] },
    { name: "publint", command: ["node", "scripts/publint.ts"] },
    vitest("packages", { minutes: 10 }),
    vitest("conformance", {
      name: "conformance-memory",
      minutes: 5,
      files: ["packages/runtime-conformance/conformance"],
    }),
  ],
  [
    { name: "format", command: [bin("oxfmt"), "--check"] },
    { name: "lint", command: [bin("oxlint"), "--type-aware", "--deny-warnings"] },
    { name: "knip", command: [bin("knip"), "--no-progress"] },
    vitest("unit*", { name: "unit", minutes: 15 }),
  ],
  // Waits more than it works.
  [vitest("stand-in", { minutes: 15 })],
];

/** Brings up what the engine tests need: one after the other, since all of them install packages. */
const preparations: Stage[] = [
  { name: "engine-docker", command: ["node", "test/engine/ensure-docker.ts"], minutes: 10 },
  { name: "engine-podman", command: ["node", "test/engine/ensure-podman.ts"], minutes: 10 },
  { name: "engine-oci", command: ["node", "test/engine/ensure-oci.ts"], minutes: 10 },
  { name: "sshd", command: ["node", "test/engine/ensure-sshd.ts"], minutes: 10 },
  { name: "images-docker", command: ["node", "test/images/ensure.ts"], minutes: 15 },
  { name: "images-podman", command: imagesFor("podman"), minutes: 10 },
];

/** The documentation in a browser: its package is installed after those of the engines. */
const site: Stage[] = [
  { name: "chromium", command: ["node", "test/engine/ensure-chromium.ts"], minutes: 10 },
  cutOff(vitest("site", { minutes: 15 })),
];

/** They are imported by the adapter itself, so it must be built. */
const daemonlessImages: Stage = { name: "images-oci", command: imagesFor("oci"), minutes: 10 };
/** What no engine changes is shown on one of them: on Docker, but for these, whose turn comes while Docker has enough to do. */
const SHOWN_WITHOUT_DAEMON = "(in-scripts|listing|upgrade)";
const LEFT_OUT: Record<string, string> = {
  docker: `test/e2e/any-engine/@${SHOWN_WITHOUT_DAEMON}.e2e.ts`,
  oci: `test/e2e/any-engine/!${SHOWN_WITHOUT_DAEMON}.e2e.ts`,
  podman: "test/e2e/any-engine/**",
};

const conformanceOf = (runtime: string): EngineStage => ({
  engine: runtime,
  stage: vitest("conformance", {
    name: `conformance-${runtime}`,
    minutes: 30,
    files: CONFORMANCE_OF[runtime] ?? [runtime],
  }),
});

const endToEndOf = (runtime: string): EngineStage => ({
  engine: runtime,
  stage: vitest("e2e", {
    name: `e2e-${runtime}`,
    minutes: 60,
    exclude: LEFT_OUT[runtime],
    env: { K3D_TEST_RUNTIMES: runtime },
  }),
});

/** The same few tries each time, of what the engine answers and of signals; all of them are scripts/campaign.sh. */
const campaignReport = join(logs, "campaign.json");
const campaign: Stage = {
  name: "campaign",
  command: [
    "node",
    "test/campaign/run.ts",
    ..."--runtime docker --tries 12 --seed 1 --log".split(" "),
    join(logs, "campaign"),
    "--report",
    campaignReport,
  ],
  minutes: 10,
  report: campaignReport,
};

/** The longest first, so that none is left alone at the end. */
const engineTests: EngineStage[] = [
  endToEndOf("podman"),
  endToEndOf("docker"),
  conformanceOf("podman"),
  endToEndOf("oci"),
  conformanceOf("oci"),
  conformanceOf("docker"),
  { engine: "docker", stage: campaign },
];

/** Clusters over several machines, on dockerds of the tests' own. */
const machines: Stage = vitest("machines", {
  name: "machines",
  minutes: 15,
  env: { K3D_TEST_RUNTIMES: "docker" },
});

/** Two at once: tests wait half of their time. Three take as long on two cores, and come near their time limits. */
const ENGINES_AT_ONCE = 2;

/** Current engines with systemd, rootless ones too, and a reboot; the whole matrix is scripts/test-vm.sh. */
const vmReport = join(logs, "vm.json");
const virtualMachine: Stage[] = [
  { name: "vm-image", command: ["node", "test/vm/run.ts", "--build-only"], minutes: 20 },
  {
    name: "vm",
    command: ["node", "test/vm/run.ts", "--short", "--report", vmReport],
    minutes: 12,
    report: vmReport,
  },
];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    machines: { type: "boolean", default: false },
    vm: { type: "boolean", default: false },
  },
});
const only = values.only?.split(",");
const chosen = (stages: Stage[]): Stage[] =>
  stages.filter(({ name }) => only === undefined || only.includes(name));
const withMachines = values.machines || only?.includes("machines") === true;
const withMachine = values.vm || only?.includes("vm") === true;

async function inOrder(stages: Stage[]): Promise<StageResult[]> {
  const results: StageResult[] = [];
  for (const stage of stages) results.push(await runStage(stage, root, logs));
  return results;
}

/** The stages by so many at once, never two of one engine. */
async function byEngine(stages: EngineStage[], atOnce: number): Promise<StageResult[]> {
  const waiting = [...stages];
  const busy = new Map<string, Promise<void>>();
  const results: StageResult[] = [];
  while (waiting.length > 0 || busy.size > 0) {
    const index = waiting.findIndex(({ engine }) => !busy.has(engine));
    const [next] = busy.size < atOnce && index >= 0 ? waiting.splice(index, 1) : [];
    if (next === undefined) await Promise.race(busy.values());
    else
      busy.set(
        next.engine,
        runStage(next.stage, root, logs).then((result) => {
          results.push(result);
          busy.delete(next.engine);
        }),
      );
  }
  return results;
}

function readReport({ stage }: StageResult): VitestReport | undefined {
  if (stage.report === undefined || !existsSync(stage.report)) return undefined;
  return JSON.parse(readFileSync(stage.report, "utf8"));
}

await rm(logs, { recursive: true, force: true });
await mkdir(logs, { recursive: true });

const chosenOfEngines = engineTests.filter(({ stage }) => chosen([stage]).length > 0);
const needsEngines = withMachines || chosenOfEngines.length > 0;
const [checked, prepared] = await Promise.all([
  Promise.all(checks.map((stages) => inOrder(chosen(stages)))),
  inOrder(needsEngines ? preparations : []),
]);
const results = [
  ...checked.flat(),
  ...prepared,
  ...(await inOrder(needsEngines ? [daemonlessImages] : [])),
  ...(
    await Promise.all([byEngine(chosenOfEngines, ENGINES_AT_ONCE), inOrder(chosen(site))])
  ).flat(),
  ...(withMachines ? await inOrder([machines]) : []),
  ...(withMachine ? await inOrder(virtualMachine) : []),
];

const failures = results.filter(({ ok }) => !ok);
if (failures.length > 0) console.log("");
for (const failure of failures) {
  const { stage, reason } = failure;
  console.log(`${stage.name} failed: ${reason}; see ${join(logs, `${stage.name}.log`)}`);
  const report = readReport(failure);
  for (const told of report === undefined ? [] : failuresOf(report)) console.log(`  ${told}`);
}
const leftOut = [
  ...(withMachines ? [] : ["clusters over several machines; --machines adds them"]),
  ...(withMachine ? [] : ["the virtual machine with current engines; --vm adds it"]),
];
if (leftOut.length > 0 && only === undefined) console.log(`\nLeft out: ${leftOut.join(". ")}.`);
console.log(`\n${summaryLine(summarize(results, readReport))}`);
process.exitCode = failures.length === 0 ? 0 : 1;
