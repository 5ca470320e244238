import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { findCommand, run, runUnchecked } from "./command.ts";
import { say } from "./script.ts";
import { SetupError } from "./setup-error.ts";

/** apt's own patience with another apt or dpkg that runs at the same time. */
export const APT_OPTIONS = ["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"] as const;

/** Whether this process may install packages, and if not why. */
export function whyNotInstallable(): string | undefined {
  if (findCommand("apt-get") === undefined) return "this is not a Debian machine (no apt-get)";
  return whyNotRoot();
}

/** Why this process may not set up what belongs to the machine, if so. */
export function whyNotRoot(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "the set-up needs root";
}

async function installed(packages: readonly string[]): Promise<Set<string>> {
  const { stdout } = await runUnchecked("dpkg-query", [
    "-W",
    "-f",
    "${Package} ${db:Status-Status}\n",
    ...packages,
  ]);
  const lines = stdout.split("\n").map((line) => line.split(" "));
  return new Set(lines.filter(([, status]) => status === "installed").map(([name]) => name ?? ""));
}

async function candidates(packages: readonly string[]): Promise<Set<string>> {
  const { stdout } = await runUnchecked("apt-cache", ["show", "--no-all-versions", ...packages]);
  return new Set([...stdout.matchAll(/^Package: (.+)$/gm)].map((match) => match[1] ?? ""));
}

export async function updatePackageLists(): Promise<void> {
  await run("apt-get", [...APT_OPTIONS, "update"], { timeout: 300_000 });
}

/**
 * Installs those of the packages that are missing, without starting their services.
 *
 * @param packages names that must all exist
 * @throws SetupError when a package cannot be had
 */
export async function ensurePackages(packages: readonly string[]): Promise<void> {
  const present = await installed(packages);
  const missing = packages.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const isUnknown = async () => {
    const known = await candidates(missing);
    return missing.filter((name) => !known.has(name));
  };
  if ((await isUnknown()).length > 0) await updatePackageLists();
  const unknown = await isUnknown();
  if (unknown.length > 0) {
    throw new SetupError(
      `Debian offers no package ${unknown.join(", ")} to this machine`,
      "check /etc/apt/sources.list and the network, then run apt-get update",
    );
  }
  say(`Installing Debian packages: ${missing.join(" ")}`);
  await withoutServiceStarts((env) => install(missing, env));
}

async function install(
  packages: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = [...APT_OPTIONS, "install", "-y", "--no-install-recommends", ...packages];
  const first = await runUnchecked("apt-get", args, { env });
  if (first.exitCode === 0) return;
  // Lists may name versions that the mirror has replaced since.
  await updatePackageLists();
  await run("apt-get", args, { env });
}

const POLICY_FILE = "/usr/sbin/policy-rc.d";
const POLICY = "#!/bin/sh\n# Put here while the k3d test set-up installs packages.\nexit 101\n";

/**
 * Packages ask invoke-rc.d to start their services, which asks this policy file first. A policy
 * that the machine has is respected; ours goes when the installation is over, also one that an
 * interrupted run has left.
 */
async function withoutServiceStarts(
  task: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  if (existsSync(POLICY_FILE) && readFileSync(POLICY_FILE, "utf8") !== POLICY) return task(env);
  writeFileSync(POLICY_FILE, POLICY, { mode: 0o755 });
  try {
    await task(env);
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
}
