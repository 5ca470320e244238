import { mkdir, readdir, readFile, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, writeFileSafely, type ContainerInfo } from "@k3d/core/runtime";

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
 * unit enabled: a symbolic link, made before its start and removed after its
 * stop; the template goes with the last of them. systemd reads them at boot; nothing has to be reloaded.
 *
 * All methods throw `RUNTIME_ERROR` when the files cannot be changed.
 */
export class BootUnits {
  readonly #wants: string;
  readonly #options: BootUnitOptions;

  constructor(options: BootUnitOptions) {
    this.#options = options;
    this.#wants = join(options.unitDir, "default.target.wants");
  }

  /**
   * Lets a container come back after a boot when its restart policy asks for that.
   *
   * @returns whether that is new.
   */
  async enable({
    name,
    restartPolicy,
  }: Pick<ContainerInfo, "name" | "restartPolicy">): Promise<boolean> {
    if (!RESTARTED_AFTER_BOOT.includes(restartPolicy.name)) return false;
    return this.#change(`let container '${name}' start at boot`, async () => {
      await mkdir(this.#wants, { recursive: true });
      const isNew = await succeeds(symlink(join("..", TEMPLATE), this.#link(name)), "EEXIST");
      // After the link, which keeps others from removing the template.
      await this.#writeTemplate();
      return isNew;
    });
  }

  /** Leaves a container that was stopped or removed as it is at boot. */
  async disable(name: string): Promise<void> {
    await this.#change(`keep container '${name}' from starting at boot`, async () => {
      await rm(this.#link(name), { force: true });
      await this.#removeUnusedTemplate();
    });
  }

  /**
   * Lets a container that comes back after a boot do so under another name as well.
   *
   * @returns whether that is new.
   */
  async enableAlso(name: string, other: string): Promise<boolean> {
    return this.#change(`let container '${other}' start at boot`, async () => {
      const isEnabled = await succeeds(readlink(this.#link(name)), "ENOENT");
      return isEnabled && succeeds(symlink(join("..", TEMPLATE), this.#link(other)), "EEXIST");
    });
  }

  async #change<T>(action: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw new K3dError("RUNTIME_ERROR", `Cannot ${action}: ${(cause as Error).message}`, {
        hint: `Check that your user may write in ${this.#options.unitDir} and that there is space left`,
        cause,
      });
    }
  }

  async #removeUnusedTemplate(): Promise<void> {
    if (await this.#isUsed()) return;
    await rm(join(this.#options.unitDir, TEMPLATE), { force: true });
    // Another process may have found it there while it was being removed.
    if (await this.#isUsed()) await this.#writeTemplate();
  }

  async #isUsed(): Promise<boolean> {
    const [prefix = "", suffix = ""] = TEMPLATE.split("@");
    const names = await readdir(this.#wants).catch(() => []);
    return names.some((name) => name.startsWith(`${prefix}@`) && name.endsWith(suffix));
  }

  async #writeTemplate(): Promise<void> {
    const path = join(this.#options.unitDir, TEMPLATE);
    const wanted = templateUnit(this.#options.podman);
    const present = await readFile(path, "utf8").catch(() => undefined);
    if (present === wanted) return;
    await mkdir(this.#options.unitDir, { recursive: true });
    await writeFileSafely(path, wanted, { mode: 0o644 });
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

/** `false` for the failure that means that the work is done, or that there is none. */
async function succeeds(work: Promise<unknown>, otherwise: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === otherwise) return false;
    throw error;
  }
}
