/**
 * Makes sure that a Docker engine answers, and installs and starts Debian's where none does.
 *
 *   node test/engine/ensure-docker.ts [--no-install]
 *
 * An engine that answers is used as it is. With --no-install nothing is installed or started.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { mayHoldSysResource } from "./host/capability.ts";
import { findCommand } from "./host/command.ts";
import { ensurePackages, whyNotInstallable, whyNotRoot } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say, warn } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";
import { LOG_FILE, startDaemon } from "./docker/daemon.ts";
import { askDocker, defaultRuntime, DEFAULT_SOCKET, dockerEndpoint } from "./docker/endpoint.ts";

const HINT =
  "start Docker, or point DOCKER_HOST at an engine; https://docs.docker.com/engine/install tells how";

async function installDocker(): Promise<void> {
  const apparmor = existsSync("/sys/kernel/security/apparmor/profiles") ? ["apparmor"] : [];
  await ensurePackages(["docker.io", "iptables", "ca-certificates", "procps", ...apparmor]);
  // From Debian 13 on the client is a package of its own.
  if (findCommand("docker") === undefined) await ensurePackages(["docker-cli"]);
}

async function installAndStart(): Promise<void> {
  const answer = await askDocker(`unix://${DEFAULT_SOCKET}`);
  if (answer.problem === undefined) return; // another process was faster
  if (findCommand("dockerd") === undefined) await installDocker();
  say(`Starting dockerd (log: ${LOG_FILE})`);
  await startDaemon();
}

/** An engine that someone else set up here may lack the wrapper; it is theirs to configure. */
async function warnAboutRuntime(endpoint: string): Promise<void> {
  if (mayHoldSysResource() || !endpoint.startsWith("unix://")) return;
  if ((await defaultRuntime(endpoint)) !== "runc") return;
  warn(
    "this machine lacks CAP_SYS_RESOURCE, without which runc starts no privileged container: " +
      "stop this engine and let ensure-docker.ts start one with its runc wrapper",
  );
}

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const endpoint = dockerEndpoint();
  const { problem, denied } = await askDocker(endpoint);
  if (problem === undefined) {
    say(`Docker answers at ${endpoint}`);
    return warnAboutRuntime(endpoint);
  }
  const missing = `no Docker engine answers at ${endpoint}: ${problem}`;
  if (denied || endpoint !== `unix://${DEFAULT_SOCKET}`) throw new SetupError(missing, HINT);
  const present = findCommand("dockerd") !== undefined;
  const obstacle = values["no-install"]
    ? "--no-install forbids to set one up"
    : present
      ? whyNotRoot()
      : whyNotInstallable();
  if (obstacle !== undefined) throw new SetupError(`${missing}; ${obstacle}`, HINT);

  const installs = present ? "" : "install Docker from Debian's packages and ";
  const wraps = mayHoldSysResource() ? "" : " with a runc wrapper that this machine needs";
  say(`No Docker engine answers (${problem}). Going to ${installs}start dockerd${wraps}.`);
  await withLock("/run/k3d-test/docker.lock", installAndStart);
  say(`Docker answers at ${endpoint}`);
});
