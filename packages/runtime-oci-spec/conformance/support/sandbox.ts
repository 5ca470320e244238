import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ContainerRuntime, ContainerSpec, RuntimeOptions } from "@k3d/core/runtime";
import factory from "../../src/index.ts";
import type { Seen } from "./outside.ts";

export const BUSYBOX = "k3d.local/busybox:dev";

/** A root directory of its own with the busybox image in it, so that nothing else is in the way. */
export class Sandbox {
  readonly root: string;
  readonly run: string;
  readonly options: RuntimeOptions;
  readonly #ids = new Set<string>();
  readonly #networks = new Map<string, { bridge: string; subnet: string }>();

  private constructor(root: string, variables: Record<string, string>) {
    this.root = join(root, "lib");
    this.run = join(root, "run");
    const env = { ...process.env, ...variables, K3D_OCI_ROOT: this.root, K3D_OCI_RUN: this.run };
    this.options = { env, homeDir: homedir(), platform: "linux", uid: 0 };
  }

  /**
   * @param variables further settings.
   * @param parent where its directories are made.
   */
  static async open(variables: Record<string, string> = {}, parent = "/var/tmp"): Promise<Sandbox> {
    const sandbox = new Sandbox(await mkdtemp(join(parent, "k3d-oci-")), variables);
    const source = await factory.create({
      env: process.env,
      homeDir: homedir(),
      platform: "linux",
      uid: 0,
    });
    const target = await sandbox.runtime();
    await target.images.load(await source.images.save([BUSYBOX]));
    return sandbox;
  }

  /** A runtime as another command would have it: nothing is remembered in memory. */
  async runtime(): Promise<ContainerRuntime> {
    return await factory.create(this.options);
  }

  /** Notes what is on disk now, so that {@link seen} can tell later what must be gone. */
  async note(): Promise<void> {
    for (const id of await readdir(join(this.root, "containers")).catch(() => []))
      this.#ids.add(id);
    for (const file of await readdir(join(this.root, "networks")).catch(() => [])) {
      const text = await readFile(join(this.root, "networks", file), "utf8").catch(() => undefined);
      if (text !== undefined && file.endsWith(".json"))
        this.#networks.set(file, JSON.parse(text) as { bridge: string; subnet: string });
    }
  }

  seen(): Seen {
    return {
      directories: [this.root, this.run],
      containerIds: [...this.#ids],
      networks: [...this.#networks.values()],
    };
  }

  /** Removes every container and network by the contract alone. */
  async removeAll(): Promise<void> {
    await this.note();
    const runtime = await this.runtime();
    for (const { id } of await runtime.containers.list())
      await runtime.containers.remove(id, { force: true });
    for (const { id } of await runtime.networks.list()) await runtime.networks.remove(id);
    for (const { name } of await runtime.volumes.list()) await runtime.volumes.remove(name);
  }

  async close(): Promise<void> {
    await this.removeAll();
    await rm(join(this.root, ".."), { recursive: true, force: true });
  }
}

export function idleSpec(name: string, parts: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name,
    image: BUSYBOX,
    process: { env: [], args: ["sh", "-c", 'trap "exit 0" TERM; sleep 86400 & wait'] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
    ...parts,
  };
}
