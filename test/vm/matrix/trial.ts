import type { Machine } from "../machine/machine.ts";
import { GUEST } from "../machine/places.ts";
import { NODE_VERSIONS, type NodeVersion } from "../machine/payload.ts";
import { RemoteError, type Shell, type ShellOptions, type ShellResult } from "../machine/shell.ts";
import type { EngineUnderTest, OutsideContainer } from "./engine.ts";
import type { Meeting } from "./meeting.ts";
import { ENGINES } from "./engines/index.ts";

export interface Shape {
  readonly servers: number;
  readonly agents: number;
  /** What the CLI runs with. */
  readonly node: NodeVersion;
}

/** What the short form has, which is to be over in twelve minutes on two emulated processors. */
export const SHORT_SHAPE = "1+0";

/** Of the matrix; between them all supported versions of Node are used on every engine. */
export const MATRIX_SHAPES = ["1+1", "3+1"] as const;

export const SHAPES: Readonly<Record<string, Shape>> = {
  "1+0": { servers: 1, agents: 0, node: "24" },
  "1+1": { servers: 1, agents: 1, node: "24" },
  "3+1": { servers: 3, agents: 1, node: "22" },
};

/** Elections of the stand-in shall not be lost to a machine without hardware acceleration. */
const PATIENCE = "K3S_STANDIN_ELECTION_MS=15000@server:*";

const CLIENT_TIMEOUT = /TLS handshake timeout|Client\.Timeout exceeded/;

/** A cluster of one shape on one engine, from the hands of one user. */
export class Trial {
  readonly cluster: string;
  readonly registry = "vm-registry";
  /** One for each engine: what a failed trial leaves is in no other's way. */
  readonly registryPort: number;
  readonly user: Shell;
  /** What the engine held before. */
  before: readonly string[] = [];
  /** Addresses by container, as they were after the creation. */
  addresses: Readonly<Record<string, readonly string[]>> = {};

  readonly machine: Machine;
  readonly engine: EngineUnderTest;
  readonly shapeName: string;
  readonly #reboots: Meeting | undefined;

  /** @param reboots those of the trials that run at once with this one */
  constructor(machine: Machine, engine: EngineUnderTest, shapeName: string, reboots?: Meeting) {
    this.machine = machine;
    this.engine = engine;
    this.registryPort = 5111 + ENGINES.indexOf(engine);
    this.shapeName = shapeName;
    this.#reboots = reboots;
    this.cluster = `vm${shapeName.replace("+", "x")}`;
    const path = `${GUEST}/checkout/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`;
    this.user = machine.shell(engine.user).with({
      ...engine.env,
      PATH: path,
      K3D_RUNTIME: engine.runtime,
      K3D_TEST_NODE: this.shape.node,
    });
  }

  get shape(): Shape {
    const shape = SHAPES[this.shapeName];
    if (shape === undefined) throw new Error(`there is no shape ${this.shapeName}`);
    return shape;
  }

  get nodeVersion(): string {
    return NODE_VERSIONS[this.shape.node];
  }

  get root(): Shell {
    return this.machine.shell("root");
  }

  get serverNames(): string[] {
    return names(this.cluster, "server", this.shape.servers);
  }

  /** Of nodes that run k3s, sorted. */
  get nodeNames(): string[] {
    return [...names(this.cluster, "agent", this.shape.agents), ...this.serverNames];
  }

  /** Of all containers, sorted. */
  get containerNames(): string[] {
    return [...this.nodeNames, `k3d-${this.cluster}-serverlb`].sort();
  }

  get creationFlags(): string[] {
    return [
      "--servers",
      `${this.shape.servers}`,
      "--agents",
      `${this.shape.agents}`,
      "--env",
      PATIENCE,
    ];
  }

  /** Boots the machine anew when nobody else works in it any more. */
  reboot(): Promise<void> {
    return this.#reboots?.attend() ?? this.machine.reboot();
  }

  k3d(args: readonly string[], options?: ShellOptions): Promise<string> {
    return this.user.run(["k3d", ...args], options);
  }

  /** What kubectl itself gives up on after ten seconds is asked again: that is the machine's slowness. */
  async kubectl(args: readonly string[]): Promise<string> {
    const command = ["kubectl", "--context", `k3d-${this.cluster}`, ...args];
    for (let tries = 1; ; tries++) {
      const result = await this.user.attempt(command);
      if (result.exitCode === 0) return result.stdout;
      if (tries === 5 || !CLIENT_TIMEOUT.test(result.stderr))
        throw new RemoteError(
          `${command.join(" ")} ended with ${result.exitCode}: ${result.stderr}`,
        );
    }
  }

  attemptKubectl(args: readonly string[]): Promise<ShellResult> {
    return this.user.attempt(["kubectl", "--context", `k3d-${this.cluster}`, ...args]);
  }

  exec(container: string, ...args: string[]): Promise<string> {
    return this.engine.exec(this.user, container, args);
  }

  containers(): Promise<OutsideContainer[]> {
    return this.engine.containers(this.user, this.cluster);
  }

  objects(): Promise<string[]> {
    return this.engine.objects(this.user);
  }
}

function names(cluster: string, role: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `k3d-${cluster}-${role}-${index}`);
}
