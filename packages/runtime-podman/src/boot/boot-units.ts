import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerInfo } from "@k3d/core";

const TEMPLATE = "k3d-podman@.service";
const RESTARTED_AFTER_BOOT: readonly string[] = ["always", "unless-stopped"];

export interface BootUnitOptions {
  /** Where systemd looks for units: of the system, or of the user. */
  unitDir: string;
  /** Full path of the podman command. */
  podman: string;
}

/**
 * Lets systemd start containers after a reboot, because podman has no daemon
 * that would. Podman's own podman-restart.service does it for the policy
 * `always` alone (before podman 5.7), and cannot tell a container that the user
 * has stopped.
 *
 * Each running container with such a policy has an instance of one template
 * unit enabled: a symbolic link, made at its start and removed at its stop.
 * systemd reads them at boot; nothing has to be reloaded.
 */
export class BootUnits {
  readonly #wants: string;
  readonly #options: BootUnitOptions;

  constructor(options: BootUnitOptions) {
    this.#options = options;
    this.#wants = join(options.unitDir, "default.target.wants");
  }

  /** Notes that a container runs. */
  async started({
    name,
    restartPolicy,
  }: Pick<ContainerInfo, "name" | "restartPolicy">): Promise<void> {
    if (!RESTARTED_AFTER_BOOT.includes(restartPolicy.name)) return;
    await this.#writeTemplate();
    await mkdir(this.#wants, { recursive: true });
    await symlink(join("..", TEMPLATE), this.#link(name)).catch(unless("EEXIST"));
  }

  /** Notes that a container was stopped or removed. */
  async stopped(name: string): Promise<void> {
    await rm(this.#link(name), { force: true });
  }

  async renamed(before: string, after: string): Promise<void> {
    await rename(this.#link(before), this.#link(after)).catch(unless("ENOENT"));
  }

  async #writeTemplate(): Promise<void> {
    const path = join(this.#options.unitDir, TEMPLATE);
    const wanted = templateUnit(this.#options.podman);
    const present = await readFile(path, "utf8").catch(() => undefined);
    if (present === wanted) return;
    await mkdir(this.#options.unitDir, { recursive: true });
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, wanted);
    await rename(temporary, path);
  }

  #link(name: string): string {
    return join(this.#wants, TEMPLATE.replace("@", `@${name}`));
  }
}

/** The unit that starts the container of its instance name, see systemd.unit(5) on `%i`. */
export function templateUnit(podman: string): string {
  return `# Written by k3d. Starts a container after a reboot, when it ran before.
[Unit]
Description=Podman container %i of k3d
Documentation=man:podman-start(1)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecCondition=${podman} container exists %i
ExecStart=${podman} start %i
`;
}

function unless(code: string): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (error.code !== code) throw error;
  };
}
