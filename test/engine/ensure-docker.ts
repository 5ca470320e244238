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
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";
import { LOG_FILE, startDaemon } from "./docker/daemon.ts";
import { askDocker, DEFAULT_SOCKET, dockerEndpoint } from "./docker/endpoint.ts";

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

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const endpoint = dockerEndpoint();
  const { problem } = await askDocker(endpoint);
  if (problem === undefined) {
    say(`Docker answers at ${endpoint}`);
    return;
  }
  const missing = `no Docker engine answers at ${endpoint}: ${problem}`;
  if (endpoint !== `unix://${DEFAULT_SOCKET}` || problem.includes("this user may not")) {
    throw new SetupError(missing, HINT);
  }
  if (values["no-install"])
    throw new SetupError(`${missing}; --no-install forbids to set one up`, HINT);
  const obstacle = whyNotInstallable();
  if (obstacle !== undefined) throw new SetupError(`${missing}; ${obstacle}`, HINT);

  const installs =
    findCommand("dockerd") === undefined ? "install Docker from Debian's packages and " : "";
  const wraps = mayHoldSysResource() ? "" : " with a runc wrapper that this machine needs";
  say(
    `No Docker engine answers at ${endpoint} (${problem}). Going to ${installs}start dockerd${wraps}.`,
  );
  await withLock("/run/k3d-test/docker.lock", installAndStart);
  say(`Docker answers at ${endpoint}`);
});
