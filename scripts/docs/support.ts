import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MachineResults, TrialResult } from "../../test/vm/matrix/results.ts";
import { STEPS } from "../../test/vm/matrix/run-trial.ts";
import { matrixTable } from "../../test/vm/matrix/table.ts";
import { GENERATED, paragraphs, table } from "./markdown.ts";
import { ROOT } from "./sources.ts";

const RESULTS = join(ROOT, "test/vm/results");

/** What was tried on which engine, from the recorded results of the trials in virtual machines. */
export async function supportPage(folder = RESULTS): Promise<string> {
  const files = existsSync(folder)
    ? (await readdir(folder))
        .filter((file) => file.endsWith(".json"))
        .toSorted()
        .toReversed()
    : [];
  const machines = await Promise.all(
    files.map(
      async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as MachineResults,
    ),
  );
  return paragraphs(
    GENERATED,
    "# Support: what was tried",
    "Each row is a cluster on one engine, from creation to deletion, tried from outside in a virtual machine with systemd and " +
      "cgroup v2 (`scripts/test-vm.sh`). The times are of a machine without hardware acceleration beside other work: they " +
      "say that a step passed, not how long it takes you. After a reboot the cluster must come back by itself; the daemonless " +
      "runtime starts nothing at boot, and there the step includes `k3d cluster start`. A step that failed is shown as failed, with what it said; one " +
      "without which nothing can be said was not run.",
    machines.length === 0 ? "No results are recorded yet." : "",
    ...machines.flatMap(machineSection),
  );
}

function machineSection(results: MachineResults): string[] {
  const recorded = new Set(results.trials.flatMap(({ steps }) => steps.map(({ step }) => step)));
  const clusters = STEPS.map(({ name }) => name).filter((name) => recorded.has(name));
  const suites = results.trials.filter(({ shape }) => shape === "conformance");
  return [
    `## Debian ${results.suite}`,
    `Kernel ${results.kernel}, node image \`${results.nodeImage}\`.`,
    results.trials.length > suites.length ? matrixTable(results, clusters) : "",
    suites.length > 0 ? conformanceTable(suites) : "",
    ...failures(results.trials),
  ];
}

function conformanceTable(suites: readonly TrialResult[]): string {
  const rows = suites.flatMap(({ engine, version, steps }) =>
    steps.map(({ outcome, detail = "" }) => [version, engine, outcome, detail.split(";")[0] ?? ""]),
  );
  return table(["version", "engine", "conformance suite", "tests"], rows);
}

function failures(trials: readonly TrialResult[]): string[] {
  return trials.flatMap(({ engine, shape, steps }) =>
    steps
      .filter(({ outcome }) => outcome === "failed")
      .map(
        ({ step, detail = "" }) => `- ${engine} ${shape}, ${step}: ${detail.replaceAll("\n", " ")}`,
      ),
  );
}
