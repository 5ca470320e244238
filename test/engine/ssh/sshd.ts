import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findCommand } from "../host/command.ts";
import { freePort } from "../host/free-port.ts";
import { poll } from "../host/poll.ts";

const run = promisify(execFile);

const SSHD = "/usr/sbin/sshd";
/** Milliseconds that sshd may take to listen. */
const PATIENCE = 20_000;

/** Programs of OpenSSH that are not here. */
export function missingTools(): string[] {
  return [
    ...(existsSync(SSHD) ? [] : [SSHD]),
    ...["ssh-keygen", "ssh-agent", "ssh-add"].filter((name) => findCommand(name) === undefined),
  ];
}

/** A user's keys and known hosts: what `~` is for the client. */
export interface SshHome {
  dir: string;
  /** `~/.ssh`. */
  ssh: string;
}

export interface SshdOptions {
  /** Where it listens. Default: `127.0.0.1`. */
  address?: string;
  /** More lines of sshd_config. */
  config?: string[];
  /** Public keys that may log in. */
  authorized: string[];
}

/** A sshd of a test's own, on a free port; this process' own user logs in. */
export interface Sshd {
  address: string;
  port: number;
  user: string;
  /** Line of `known_hosts`. */
  knownHost(): Promise<string>;
  /** Ends all connections, as a cut network does; the server goes on. */
  cut(): Promise<void>;
  /** How many connections there are. */
  connections(): Promise<number>;
  /** What it has logged. */
  log(): Promise<string>;
  /** Ends the server and all connections; `start` brings it back with the same port and key. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Gives it another host key, and starts it anew. */
  renewHostKey(): Promise<void>;
  close(): Promise<void>;
}

/** Makes `~` with an empty `~/.ssh`. */
export async function sshHome(): Promise<SshHome> {
  const dir = await mkdtemp(join(tmpdir(), "k3d-ssh-home-"));
  const ssh = join(dir, ".ssh");
  await mkdir(ssh, { mode: 0o700 });
  return { dir, ssh };
}

/** Makes a key pair; the public key's line. */
export async function sshKey(path: string, passphrase = ""): Promise<string> {
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "k3d-test", "-f", path]);
  return (await readFile(`${path}.pub`, "utf8")).trim();
}

/** Starts a sshd with its own configuration, keys and logs in a directory of its own. */
export async function startSshd({
  address = "127.0.0.1",
  config = [],
  authorized,
}: SshdOptions): Promise<Sshd> {
  const dir = await mkdtemp(join(tmpdir(), "k3d-sshd-"));
  const [hostKey, log] = [join(dir, "host_key"), join(dir, "log")];
  const port = await freePort(address);
  // The directory of sshd's unprivileged half; it belongs to the machine.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  await sshKey(hostKey);
  await writeFile(join(dir, "authorized_keys"), `${authorized.join("\n")}\n`);
  await writeFile(
    join(dir, "config"),
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${hostKey}`,
      `PidFile ${join(dir, "pid")}`,
      `AuthorizedKeysFile ${join(dir, "authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PrintMotd no",
      "LogLevel VERBOSE",
      ...config,
      "",
    ].join("\n"),
  );
  let daemon: ChildProcess | undefined;
  let starts = 0;
  const start = async (): Promise<void> => {
    if (daemon !== undefined) return;
    const started = spawn(SSHD, ["-D", "-f", join(dir, "config"), "-E", log], { stdio: "ignore" });
    daemon = started;
    starts += 1;
    const listens = `Server listening on ${address} port ${port}`;
    const listening = await poll(async () => {
      const said = await textOf(log);
      if (started.exitCode !== null) throw new Error(`sshd has ended: ${said}`);
      return said.split(listens).length > starts;
    }, PATIENCE);
    if (!listening) throw new Error(`sshd does not listen: ${await textOf(log)}`);
  };
  const stop = async (): Promise<void> => {
    if (daemon === undefined) return;
    const ended = once(daemon, "exit");
    const sessions = await descendants(daemon.pid);
    daemon.kill("SIGKILL");
    await ended;
    for (const pid of sessions) end(pid);
    daemon = undefined;
  };
  await start();
  return {
    address,
    port,
    user: userInfo().username,
    knownHost: async () => {
      const [type, key] = (await readFile(`${hostKey}.pub`, "utf8")).split(" ");
      return `[${address}]:${port} ${type} ${key}`;
    },
    cut: async () => {
      for (const pid of await descendants(daemon?.pid)) end(pid);
    },
    connections: async () => (await childrenOf(daemon?.pid)).length,
    log: () => textOf(log),
    stop,
    start,
    async renewHostKey() {
      await stop();
      await Promise.all([rm(hostKey), rm(`${hostKey}.pub`)]);
      await sshKey(hostKey);
      await start();
    },
    async close() {
      await stop();
      await rm(dir, { recursive: true });
    },
  };
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function childrenOf(pid: number | undefined): Promise<number[]> {
  const listed = await textOf(`/proc/${pid}/task/${pid}/children`);
  return listed.split(" ").filter(Boolean).map(Number);
}

/** The processes of the connections and of what was run on them. */
async function descendants(pid: number | undefined): Promise<number[]> {
  const children = await childrenOf(pid);
  const below = await Promise.all(children.map((child) => descendants(child)));
  return [...children, ...below.flat()];
}
