import type { Shell } from "../machine/shell.ts";

/** A container as the engine itself shows it. */
export interface OutsideContainer {
  readonly name: string;
  readonly running: boolean;
  /** IPv4 addresses; none while it is stopped. */
  readonly addresses: readonly string[];
}

/** An engine of the machine, and what of it is seen and done without k3d. */
export interface EngineUnderTest {
  /** As in the matrix, e.g. `podman-rootless`. */
  readonly id: string;
  /** For people. */
  readonly title: string;
  /** For `--runtime`. */
  readonly runtime: "docker" | "podman" | "oci";
  readonly rootless: boolean;
  /** Whether its containers come back by themselves after a reboot; else `k3d cluster start` brings them. */
  readonly startsAtBoot: boolean;
  /** Who uses it. */
  readonly user: "root" | "member" | "docker-user" | "podman-user";
  /** Variables that lead to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets up what Debian's packages leave to its user; may be called again. */
  prepare(shell: Shell): Promise<void>;
  /** Its version and what it runs containers with, in a few words. */
  version(shell: Shell): Promise<string>;
  /** Restarts its daemon; absent where it has none. */
  restart?(shell: Shell, root: Shell): Promise<void>;
  containers(shell: Shell, cluster: string): Promise<OutsideContainer[]>;
  /** Everything that it holds, of k3d or not, but images: `container NAME`, `volume NAME` … */
  objects(shell: Shell): Promise<string[]>;
  /** Runs a command in a container and returns its output. */
  exec(shell: Shell, container: string, args: readonly string[]): Promise<string>;
  /** Puts an image that the machine has into a registry. */
  push(shell: Shell, image: string, target: string): Promise<void>;
}
