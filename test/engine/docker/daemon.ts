import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { findCommand, lastLines, run } from "../host/command.ts";
import { mayHoldSysResource } from "../host/capability.ts";
import { poll } from "../host/poll.ts";
import { say } from "../host/script.ts";
import { SetupError } from "../host/setup-error.ts";
import { installWrapper, WRAPPER_PATH } from "../host/wrapper.ts";
import { withWrappedRuntime } from "./daemon-json.ts";
import { askDocker, DEFAULT_SOCKET } from "./endpoint.ts";

export const PID_FILE = "/run/k3d-test/dockerd.pid";
export const LOG_FILE = "/var/log/k3d-test/dockerd.log";
const DAEMON_JSON = "/etc/docker/daemon.json";
/** Milliseconds that dockerd may take to answer, or to end after SIGTERM. */
const PATIENCE = 60_000;

/** Whether systemd is the init system of this machine, as sd_booted(3) finds out. */
export function systemdRuns(): boolean {
  return existsSync("/run/systemd/system");
}

/** The process id of the dockerd that these scripts started, while it runs. */
export function startedDaemon(): number | undefined {
  try {
    const pid = Number(readFileSync(PID_FILE, "utf8"));
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    // A container's first process may never reap the others: a zombie is one that has ended.
    return /^Name:\s+dockerd$/m.test(status) && !/^State:\s+Z/m.test(status) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Registers the runc wrapper in /etc/docker/daemon.json where this machine needs it. To be called
 * only while no daemon runs.
 */
function prepareConfiguration(): void {
  if (mayHoldSysResource()) return;
  installWrapper();
  const before = existsSync(DAEMON_JSON) ? readFileSync(DAEMON_JSON, "utf8") : undefined;
  const after = withWrappedRuntime(before, WRAPPER_PATH);
  if (after === undefined) return;
  say(`This machine lacks CAP_SYS_RESOURCE: ${DAEMON_JSON} gets a runc wrapper as default runtime`);
  mkdirSync(dirname(DAEMON_JSON), { recursive: true });
  writeFileSync(`${DAEMON_JSON}.new`, after, { mode: 0o644 });
  renameSync(`${DAEMON_JSON}.new`, DAEMON_JSON);
}

/**
 * Starts dockerd, through systemd where that runs and in the background elsewhere, and returns
 * when it answers.
 *
 * @throws SetupError with the end of its log when it ends or stays silent for a minute
 */
export async function startDaemon(): Promise<void> {
  prepareConfiguration();
  if (systemdRuns()) {
    await run("systemctl", ["start", "docker"], { timeout: PATIENCE });
    return;
  }
  const dockerd = findCommand("dockerd");
  if (dockerd === undefined) throw new SetupError("dockerd is not installed");
  mkdirSync(dirname(LOG_FILE), { recursive: true });
  mkdirSync(dirname(PID_FILE), { recursive: true });
  const log = openSync(LOG_FILE, "w");
  // An own session, so that it outlives this script and its terminal.
  const daemon = spawn(dockerd, [], { detached: true, stdio: ["ignore", log, log] });
  let ended = false;
  daemon.once("error", () => (ended = true));
  daemon.once("exit", () => (ended = true));
  writeFileSync(PID_FILE, `${daemon.pid ?? ""}\n`);
  const answer = await poll(async () => {
    if (ended) return "ended";
    return (await askDocker(`unix://${DEFAULT_SOCKET}`)).problem === undefined && "ready";
  }, PATIENCE);
  if (answer !== "ready") {
    if (!ended) daemon.kill();
    throw new SetupError(
      `dockerd ${ended ? "ended at once" : "does not answer"}: ${lastLines(readFileSync(LOG_FILE, "utf8"))}`,
      `read ${LOG_FILE}`,
    );
  }
  daemon.unref();
}

/** Ends the dockerd that these scripts started. Returns false when there is none. */
export async function stopDaemon(): Promise<boolean> {
  const pid = startedDaemon();
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  const gone = await poll(() => startedDaemon() === undefined, PATIENCE);
  if (gone === undefined)
    throw new SetupError(`dockerd (process ${pid}) does not end`, `read ${LOG_FILE}`);
  rmSync(PID_FILE, { force: true });
  return true;
}
