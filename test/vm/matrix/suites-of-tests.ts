import { join } from "node:path";
import type { Machine } from "../machine/machine.ts";
import { NODE_VERSIONS } from "../machine/payload.ts";
import { GUEST } from "../machine/places.ts";
import type { EngineUnderTest } from "./engine.ts";
import type { TrialResult } from "./results.ts";

const CHECKOUT = join(GUEST, "checkout");

const FOLDERS = {
  docker: "packages/runtime-docker/conformance",
  podman: "packages/runtime-podman/conformance",
  oci: "packages/runtime-oci-spec/conformance",
} as const;

/** Their time limits are those of a machine with hardware acceleration. */
const PATIENCE = "8";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The conformance suite of an engine's adapter in full, run by the engine's user inside. */
export async function runConformance(
  machine: Machine,
  engine: EngineUnderTest,
): Promise<TrialResult> {
  const user = machine.shell(engine.user).with({
    ...engine.env,
    K3D_TEST_NODE: "24",
    K3D_TEST_PATIENCE: PATIENCE,
    NO_COLOR: "1",
    PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  });
  await engine.prepare(user);
  const version = await engine.version(user);
  const report = `/tmp/conformance-${engine.id}.json`;
  const log = `/tmp/conformance-${engine.id}.log`;
  const started = performance.now();
  await user.attempt(
    [
      // To be looked at while it runs: it does so for long.
      ["bash", "-c", 'exec "$@" >"$0" 2>&1', log],
      ["env", "-C", CHECKOUT, ".tools/bin/node", "node_modules/vitest/vitest.mjs", "run"],
      // Its user may not write beside the configuration, as the other loaders do.
      ["--project=conformance", "--configLoader=native"],
      ["--reporter=verbose", "--reporter=json", `--outputFile.json=${report}`],
      FOLDERS[engine.runtime],
    ].flat(),
    { minutes: 180 },
  );
  const seconds = Math.round((performance.now() - started) / 1000);
  const { stdout: text, exitCode } = await user.attempt(["cat", report]);
  const shared = {
    engine: engine.id,
    version,
    shape: "conformance",
    node: NODE_VERSIONS["24"],
    date: new Date().toISOString().slice(0, 10),
  };
  if (exitCode !== 0) {
    const { stdout: lastWords } = await user.attempt(["tail", "-n5", log]);
    const detail = `no report: ${lastWords.trim().split("\n").join(" ")}`;
    return { ...shared, steps: [{ step: "conformance", outcome: "failed", seconds, detail }] };
  }
  const { detail, ok } = judge(JSON.parse(text) as Report);
  const outcome = ok ? "passed" : "failed";
  return { ...shared, steps: [{ step: "conformance", outcome, seconds, detail }] };
}

function judge(report: Report): { ok: boolean; detail: string } {
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
  const broken = report.testResults.filter(
    ({ assertionResults, message }) => assertionResults.length === 0 && message !== undefined,
  );
  const names = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "failed")
    .map(({ fullName }) => fullName);
  const reasons = [...names, ...broken.map(({ message }) => message ?? "")];
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return {
    ok: failed === 0 && broken.length === 0 && passed > 0,
    detail: [counts, ...reasons].join("; "),
  };
}
