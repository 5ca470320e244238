import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import type { World } from "./world.js";

/** A registry as `registry list --json` tells it. */
export interface Registry {
  name: string;
  status: string;
  hostPort: number;
  proxies?: string;
  networks: string[];
  usedBy: string[];
}

/** Where the daemonless runtime keeps its images, as an OCI layout. */
const OCI_IMAGES = join(process.env["K3D_OCI_ROOT"] ?? "/var/lib/k3d/oci", "images");
/** How long a node may need to get an image. */
const PULL_MS = 100_000;

/** Registries of one world: made through the CLI, filled by the engine's own client, removed at the end. */
export class Registries {
  private readonly names = new Set<string>();

  constructor(private readonly world: () => World) {}

  /** A name that is free and remembered for clean-up. */
  name(prefix = "r"): string {
    const name = `${prefix}-${randomBytes(4).toString("hex")}`;
    this.names.add(name);
    return name;
  }

  /** The only registry that `name` means. */
  async get(name: string): Promise<Registry> {
    const [registry] = await this.world().json<Registry[]>("registry", "list", name);
    if (registry === undefined) throw new Error(`no registry ${name}`);
    return registry;
  }

  async create(name: string, ...flags: string[]): Promise<Registry> {
    await this.world().k3d("registry", "create", name, "--no-help", ...flags);
    return this.get(name);
  }

  /** Pushes the registry's own image into it from the host; the reference by which nodes know it. */
  async push(registry: Registry, path: string, credentials?: string): Promise<string> {
    const { engine, home } = this.world();
    const target = `localhost:${registry.hostPort}/${path}`;
    const { Image: source } = (await engine.inspect(registry.name)).Config;
    const auth = join(home, `auth-${registry.name}`);
    await mkdir(auth, { recursive: true });
    const encoded = Buffer.from(credentials ?? "").toString("base64");
    const auths =
      credentials === undefined ? {} : { [`localhost:${registry.hostPort}`]: { auth: encoded } };
    await writeFile(join(auth, "config.json"), JSON.stringify({ auths }));
    const authfile = join(auth, "config.json");
    if (engine.name === "oci") {
      const flags = ["--dest-tls-verify=false", "--dest-authfile", authfile];
      const image = `oci:${OCI_IMAGES}:${source}`;
      await execa("skopeo", ["copy", ...flags, image, `docker://${target}`]);
    } else {
      await engine.client("tag", source, target);
      try {
        if (engine.name === "podman")
          await engine.client("push", "--tls-verify=false", "--authfile", authfile, target);
        else await engine.client("--config", auth, "push", target);
      } finally {
        await engine.client("rmi", target);
      }
    }
    return `${registry.name}:${registry.hostPort}/${path}`;
  }

  /** Whether a node gets an image by the way that the kubelet takes; tried once. */
  async pulls(node: string, reference: string): Promise<boolean> {
    return (await this.pull(node, reference)) === "";
  }

  /** As the kubelet does, tries again: a name server may need a while to learn of a new name. */
  async expectPull(node: string, reference: string): Promise<void> {
    await expect
      .poll(() => this.pull(node, reference), { timeout: PULL_MS, interval: 1000 })
      .toBe("");
  }

  /** Why a node does not get an image; empty when it does. */
  private async pull(node: string, reference: string): Promise<string> {
    try {
      await this.world().engine.client("exec", node, "crictl", "pull", reference);
      return "";
    } catch (error) {
      return String(error);
    }
  }

  /** All that a registry has told so far. */
  async logs(registry: string): Promise<string> {
    const { engine } = this.world();
    if (engine.name === "oci") return engine.client("logs", registry);
    return (await execa(engine.name, ["logs", registry], { all: true })).all;
  }

  async dispose(): Promise<void> {
    for (const name of this.names) await this.world().run(["registry", "delete", "--force", name]);
  }
}
