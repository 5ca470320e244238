import { access, constants, readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Where podman looks for its helpers by default (`helper_binaries_dir` in containers.conf(5)). */
const HELPER_DIRS = [
  "/usr/libexec/podman",
  "/usr/lib/podman",
  "/usr/local/libexec/podman",
  "/usr/local/lib/podman",
  "/usr/bin",
] as const;
const SYS_RESOURCE = 1n << 24n;

/** Looks at the machine that podman runs on; only for a local podman. Never throws. */
export class HostFiles {
  readonly #root: string;

  /** @param root where the file system of that machine begins; another one in tests. */
  constructor(root = "/") {
    this.#root = root;
  }

  /** The content of a file; `undefined` when it cannot be read. */
  async read(path: string): Promise<string | undefined> {
    return readFile(this.#at(path), "utf8").catch(() => undefined);
  }

  async exists(path: string): Promise<boolean> {
    return this.#may(path, constants.F_OK);
  }

  async writable(path: string): Promise<boolean> {
    return this.#may(path, constants.W_OK);
  }

  /** The full path of a command, as a shell would find it. */
  async command(name: string, path = ""): Promise<string | undefined> {
    if (name.includes("/")) return name;
    for (const folder of path.split(delimiter).filter((part) => part !== "")) {
      const candidate = join(folder, name);
      if (await this.#may(candidate, constants.X_OK)) return candidate;
    }
    return undefined;
  }

  /** Whether one of podman's helper programs is where podman looks for it. */
  async hasHelper(name: string): Promise<boolean> {
    const found = await Promise.all(HELPER_DIRS.map((dir) => this.exists(join(dir, name))));
    return found.includes(true);
  }

  async cgroupVersion(): Promise<1 | 2> {
    return (await this.exists("/sys/fs/cgroup/cgroup.controllers")) ? 2 : 1;
  }

  /** cgroup v2 controllers that are handed down to a user's own processes. */
  async delegatedControllers(uid: number): Promise<string[]> {
    const own = /^0::(.*)$/m.exec((await this.read("/proc/self/cgroup")) ?? "")?.[1] ?? "/";
    const service = `/sys/fs/cgroup/user.slice/user-${uid}.slice/user@${uid}.service`;
    const text =
      (await this.read(join(service, "cgroup.controllers"))) ??
      (await this.read(join("/sys/fs/cgroup", own, "cgroup.controllers"))) ??
      "";
    return text.split(/\s+/).filter((word) => word !== "");
  }

  /** The login name of a user id. */
  async userName(uid: number): Promise<string | undefined> {
    const lines = ((await this.read("/etc/passwd")) ?? "").split("\n");
    return lines.map((line) => line.split(":")).find((fields) => fields[2] === String(uid))?.[0];
  }

  /**
   * Whether a user has a range of subordinate ids, as far as files tell it.
   *
   * @param file `/etc/subuid` or `/etc/subgid`.
   */
  async hasSubordinateIds(file: string, uid: number): Promise<boolean> {
    const services = (await this.read("/etc/nsswitch.conf")) ?? "";
    if (/^subid:(?!\s*files\s*$)/m.test(services)) return true;
    const owners = [String(uid), await this.userName(uid)];
    const lines = ((await this.read(file)) ?? "").split("\n");
    return lines.some((line) => {
      const [owner, , count] = line.split(":");
      return owners.includes(owner) && Number(count) > 0;
    });
  }

  /** The lowest port that users other than root may listen on. */
  async unprivilegedPortStart(): Promise<number> {
    const text = await this.read("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    return text === undefined ? 1024 : Number(text);
  }

  /** Whether this process may raise resource limits (CAP_SYS_RESOURCE). */
  async mayRaiseLimits(): Promise<boolean> {
    const status = (await this.read("/proc/self/status")) ?? "";
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
    return (BigInt(`0x${effective}`) & SYS_RESOURCE) !== 0n;
  }

  /** Whether a CDI description of NVIDIA GPUs is there, as `nvidia-ctk cdi generate` writes it. */
  async hasGpuDescription(): Promise<boolean> {
    const lists = await Promise.all(
      ["/etc/cdi", "/var/run/cdi"].map((dir) => readdir(this.#at(dir)).catch(() => [] as string[])),
    );
    return lists.flat().some((file) => /nvidia.*\.(ya?ml|json)$/.test(file));
  }

  async #may(path: string, mode: number): Promise<boolean> {
    return access(this.#at(path), mode).then(
      () => true,
      () => false,
    );
  }

  #at(path: string): string {
    return join(this.#root, path);
  }
}
