import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { makeCertificates } from "../../engine/tls/certificates.ts";
import { LoopDisk } from "./loop-disk.js";

/**
 * A Docker engine of the test's own in a network namespace of its own, so that
 * it can be restarted without harm to anybody's containers or firewall rules.
 * In there it also takes clients with a certificate, by tcp.
 */
export class PrivateDocker {
  private disk: LoopDisk | undefined;
  private daemon: { ended: Promise<unknown>; stop: () => void } | undefined;

  private constructor(
    private readonly directory: string,
    private readonly namespace: string,
  ) {}

  /** @param size bytes of a disk of its own for all that it has. Default: the disk of the temporary directory. */
  static async start({ size }: { size?: number } = {}): Promise<PrivateDocker> {
    const engine = new PrivateDocker(
      await mkdtemp(join(tmpdir(), "k3d-docker-")),
      `k3d-${randomBytes(3).toString("hex")}`,
    );
    await execa("ip", ["netns", "add", engine.namespace]);
    await execa("ip", ["-n", engine.namespace, "link", "set", "lo", "up"]);
    await makeCertificates(engine.certificates);
    if (size !== undefined) engine.disk = await LoopDisk.mount(engine.data, size);
    await engine.boot();
    return engine;
  }

  /** Where it keeps images, containers and volumes. */
  get data(): string {
    return join(this.directory, "data");
  }

  /** Folder with the files that `DOCKER_CERT_PATH` names. */
  get certificates(): string {
    return this.directory;
  }

  /** Address for clients in the namespace that have a certificate. */
  readonly tlsHost = "tcp://127.0.0.1:2376";

  get host(): string {
    return `unix://${join(this.directory, "docker.sock")}`;
  }

  /** A command line that runs where this engine's ports are published. */
  inside(command: string, ...args: string[]): [string, string[]] {
    // Not `ip netns exec`: that mounts a fresh /sys, without the cgroup hierarchies.
    return ["nsenter", [`--net=/run/netns/${this.namespace}`, command, ...args]];
  }

  async client(...args: string[]): Promise<string> {
    return (await execa("docker", ["--host", this.host, ...args])).stdout;
  }

  /** Copies images from the engine that everybody uses. */
  async copyImages(images: readonly string[]): Promise<void> {
    await execa("docker", ["save", ...images], { buffer: false }).pipe("docker", [
      "--host",
      this.host,
      "load",
    ]);
  }

  /** Ends the daemon and with it all containers, then starts it again, as a reboot does. */
  async restart(): Promise<void> {
    await this.shutdown();
    await this.boot();
  }

  async dispose(): Promise<void> {
    const all = (await this.client("ps", "-aq").catch(() => "")).split("\n").filter(Boolean);
    if (all.length > 0) await this.client("rm", "-f", "-v", ...all);
    await this.shutdown();
    await execa("ip", ["netns", "delete", this.namespace]);
    await this.disk?.unmount();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async boot(): Promise<void> {
    const [file, args] = this.inside(
      "dockerd",
      "--data-root",
      this.data,
      "--exec-root",
      join(this.directory, "exec"),
      "--pidfile",
      join(this.directory, "docker.pid"),
      "--host",
      this.host,
      "--host",
      this.tlsHost,
      "--tlsverify",
      "--tlscacert",
      join(this.certificates, "ca.pem"),
      "--tlscert",
      join(this.certificates, "server-cert.pem"),
      "--tlskey",
      join(this.certificates, "server-key.pem"),
      "--bridge",
      "none",
    );
    const log = { file: join(this.directory, "dockerd.log"), append: true };
    const daemon = execa(file, args, {
      reject: false,
      detached: true,
      stdin: "ignore",
      stdout: log,
      stderr: log,
      // It first stops its containers, which may take a while, and its containerd.
      forceKillAfterDelay: false,
    });
    this.daemon = { ended: daemon.then(() => undefined), stop: () => daemon.kill("SIGTERM") };
    let ended = false;
    void this.daemon.ended.then(() => (ended = true));
    for (;;) {
      const { exitCode } = await execa("docker", ["--host", this.host, "version"], {
        reject: false,
      });
      if (exitCode === 0) break;
      if (ended) throw new Error(`the private dockerd ended; see ${this.directory}/dockerd.log`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async shutdown(): Promise<void> {
    this.daemon?.stop();
    await this.daemon?.ended;
    this.daemon = undefined;
  }
}
