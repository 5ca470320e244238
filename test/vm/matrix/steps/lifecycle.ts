import type { Trial } from "../trial.ts";
import { allRun, comesBack, mustEqual, noneRuns, now, serves } from "./cluster.ts";

const TIMEOUT = ["--timeout", "15m"];
const LIMIT = { minutes: 16 };

interface RuntimeInfoJson {
  readonly runtime: { readonly runtime: string; readonly rootless: boolean };
}

export async function runtimeInfo(trial: Trial): Promise<void> {
  const info = JSON.parse(await trial.k3d(["runtime-info", "--json"])) as RuntimeInfoJson;
  mustEqual("runtime", info.runtime.runtime, trial.engine.runtime);
  mustEqual("rootless", info.runtime.rootless, trial.engine.rootless);
}

export async function create(trial: Trial): Promise<void> {
  const registry = ["--registry-use", `k3d-${trial.registry}:5000`];
  const used = (await trial.objects()).includes(`container k3d-${trial.registry}`) ? registry : [];
  await trial.k3d(
    ["cluster", "create", trial.cluster, ...trial.creationFlags, ...used, ...TIMEOUT],
    LIMIT,
  );
  await allRun(trial);
}

export async function kubectl(trial: Trial): Promise<void> {
  await serves(trial);
}

export async function stop(trial: Trial): Promise<void> {
  await trial.k3d(["cluster", "stop", trial.cluster], LIMIT);
  await noneRuns(trial);
  const { exitCode } = await trial.attemptKubectl([
    "get",
    "--raw",
    "/readyz",
    "--request-timeout=5s",
  ]);
  mustEqual("whether the API is gone", exitCode !== 0, true);
}

export async function start(trial: Trial): Promise<void> {
  const since = await now(trial);
  await trial.k3d(["cluster", "start", trial.cluster, ...TIMEOUT], LIMIT);
  await allRun(trial);
  await serves(trial, since);
}

export async function engineRestart(trial: Trial): Promise<void> {
  const since = await now(trial);
  await trial.engine.restart?.(trial.user, trial.root);
  await comesBack(trial, since);
}

export async function reboot(trial: Trial): Promise<void> {
  await trial.reboot();
  const since = await now(trial);
  if (!trial.engine.startsAtBoot) {
    await noneRuns(trial);
    await trial.k3d(["cluster", "start", trial.cluster, ...TIMEOUT], LIMIT);
  }
  await comesBack(trial, since);
}

export async function remove(trial: Trial): Promise<void> {
  const held = await trial.objects();
  const has = (name: string): boolean => held.includes(`container ${name}`);
  // A creation that failed has taken back what it made.
  if (trial.containerNames.some(has)) await trial.k3d(["cluster", "delete", trial.cluster], LIMIT);
  const registry = `k3d-${trial.registry}`;
  if (has(registry)) await trial.k3d(["registry", "delete", registry], LIMIT);
  mustEqual("what the engine holds", await trial.objects(), trial.before);
  const config = await trial.user.run([
    "kubectl",
    "config",
    "view",
    "-o",
    "jsonpath={.clusters[*].name}",
  ]);
  mustEqual("clusters in the kubeconfig", config, "");
  mustEqual("units", await units(trial), "");
}

/** k3d's own units of systemd, of the machine and of the user. */
async function units(trial: Trial): Promise<string> {
  const list = ["list-unit-files", "--no-legend", "--no-pager", "k3d-*"];
  const [system, user] = await Promise.all([
    trial.root.attempt(["systemctl", ...list]),
    trial.user.attempt(["systemctl", "--user", ...list]),
  ]);
  return (system.stdout + user.stdout).trim();
}
