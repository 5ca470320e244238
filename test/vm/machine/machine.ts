import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runUnchecked } from "../../engine/host/command.ts";
import { freePort } from "../../engine/host/free-port.ts";
import { SetupError } from "../../engine/host/setup-error.ts";
import type { Accelerator } from "./accelerator.ts";
import type { BaseImage } from "./base-image.ts";
import { eventually } from "./eventually.ts";
import { accessKey } from "./places.ts";
import { startQemu } from "./qemu.ts";
import { Shell } from "./shell.ts";

const MINUTES_TO_BOOT = 30;

export interface MachineOptions {
  readonly image: BaseImage;
  readonly accelerator: Accelerator;
  readonly payload: string;
  /** Folder for what this run changes and logs; emptied before. */
  readonly folder: string;
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** A running virtual machine. */
export class Machine {
  readonly #qemu: ChildProcess;
  readonly #ssh: readonly string[];
  readonly #sockets: string;

  private constructor(qemu: ChildProcess, ssh: readonly string[], sockets: string) {
    this.#qemu = qemu;
    this.#ssh = ssh;
    this.#sockets = sockets;
  }

  /**
   * Boots a machine and waits until its units are up.
   *
   * @throws SetupError when it does not come up
   */
  static async boot(options: MachineOptions): Promise<Machine> {
    await rm(options.folder, { recursive: true, force: true });
    await mkdir(options.folder, { recursive: true });
    const port = await freePort("127.0.0.1");
    const sockets = await mkdtemp(join(tmpdir(), "k3d-vm-"));
    const qemu = await startQemu({ ...options, port });
    const machine = new Machine(qemu, await sshCommand(port, sockets), sockets);
    try {
      await machine.#answers();
    } catch (error) {
      await machine.stop();
      throw error;
    }
    return machine;
  }

  /** @param user `root`, `member`, `docker-user` or `podman-user`; see guest-setup.sh */
  shell(user: string): Shell {
    return new Shell([...this.#ssh, `${user}@127.0.0.1`]);
  }

  /** How people log in: for those who want to look. */
  get loginCommand(): string {
    return [...this.#ssh, "root@127.0.0.1"].join(" ");
  }

  /** Boots anew from within, as an administrator would, and waits until its units are up again. */
  async reboot(): Promise<void> {
    const root = this.shell("root");
    const before = await bootId(root);
    await root.attempt(["systemctl", "reboot"]);
    await this.#logOut();
    await eventually("the machine boots anew", MINUTES_TO_BOOT, async () => {
      this.#mustRun();
      if ((await bootId(root)) === before) throw new Error("it is still up");
    });
    await this.#settles();
  }

  async stop(): Promise<void> {
    await this.#logOut();
    if (!this.#hasEnded()) {
      const ended = once(this.#qemu, "exit");
      this.#qemu.kill("SIGTERM");
      await ended;
    }
    await rm(this.#sockets, { recursive: true, force: true });
  }

  async #answers(): Promise<void> {
    await eventually("the machine boots", MINUTES_TO_BOOT, async () => {
      this.#mustRun();
      await bootId(this.shell("root"));
    });
    await this.#settles();
  }

  /** Whatever starts at boot has started, or failed. */
  async #settles(): Promise<void> {
    await eventually("the machine's units are up", MINUTES_TO_BOOT, async () => {
      const { stdout } = await this.shell("root").attempt(["systemctl", "is-system-running"]);
      if (stdout !== "running" && stdout !== "degraded") throw new Error(stdout);
    });
  }

  #mustRun(): void {
    if (!this.#hasEnded()) return;
    throw new SetupError("QEMU has ended", "qemu.log in the machine's folder has its last words");
  }

  #hasEnded(): boolean {
    return this.#qemu.exitCode !== null || this.#qemu.signalCode !== null;
  }

  /** Connections are shared, and a shared one outlives the machine it leads to. */
  async #logOut(): Promise<void> {
    for (const user of ["root", "member", "docker-user", "podman-user"]) {
      const [program = "", ...rest] = this.#ssh;
      await runUnchecked(program, [...rest, "-O", "exit", `${user}@127.0.0.1`]);
    }
  }
}

function bootId(shell: Shell): Promise<string> {
  return shell.run(["cat", "/proc/sys/kernel/random/boot_id"], { minutes: 5 });
}

async function sshCommand(port: number, sockets: string): Promise<string[]> {
  const { file } = await accessKey();
  const settings = {
    IdentityFile: file,
    IdentitiesOnly: "yes",
    BatchMode: "yes",
    StrictHostKeyChecking: "no",
    UserKnownHostsFile: "/dev/null",
    LogLevel: "ERROR",
    ConnectTimeout: "180",
    ServerAliveInterval: "30",
    ServerAliveCountMax: "10",
    ControlMaster: "auto",
    ControlPersist: "yes",
    ControlPath: join(sockets, "%r"),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["ssh", "-F", "none", "-p", `${port}`, ...options];
}
