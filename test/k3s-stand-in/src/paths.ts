import { join } from "node:path";

/** Where k3s keeps its files, below the configured root and data directory. */
export class Paths {
  readonly root: string;
  /** `--data-dir`, default `/var/lib/rancher/k3s`. */
  readonly dataDir: string;

  constructor(root: string, dataDir = "/var/lib/rancher/k3s") {
    this.root = root;
    this.dataDir = dataDir;
  }

  /** An absolute path as k3s names it, mapped below the root directory. */
  at(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  data(...parts: string[]): string {
    return join(this.root, this.dataDir, ...parts);
  }

  server(...parts: string[]): string {
    return this.data("server", ...parts);
  }

  tls(...parts: string[]): string {
    return this.data("server", "tls", ...parts);
  }

  agent(...parts: string[]): string {
    return this.data("agent", ...parts);
  }

  get nodePassword(): string {
    return this.at("/etc/rancher/node/password");
  }

  get nodeId(): string {
    return this.at("/etc/rancher/node/id");
  }

  get globalKubeconfig(): string {
    return this.at("/etc/rancher/k3s/k3s.yaml");
  }
}
