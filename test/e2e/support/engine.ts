import { execa } from "execa";
import { ociEngine } from "./oci-engine.ts";

/** What a test sees of an engine from outside: by the engine's own command line, never through k3d. */
export interface Engine {
  /** Runtime name for `--runtime`. */
  name: string;
  /** Runs the engine's own client. */
  client(...args: string[]): Promise<string>;
  containers(cluster: string): Promise<OutsideContainer[]>;
  networks(): Promise<string[]>;
  volumes(): Promise<string[]>;
  inspect(container: string): Promise<Inspection>;
}

export interface OutsideContainer {
  name: string;
  running: boolean;
}

/** The fields of `inspect` that Docker and Podman share. */
export interface Inspection {
  Id: string;
  Path: string;
  Args: string[];
  Config: { Env: string[]; Labels: Record<string, string>; Image: string; Hostname: string };
  State: { Status: string; Running: boolean; StartedAt: string; Pid: number };
  Mounts: { Type: string; Name?: string; Source: string; Destination: string }[];
  NetworkSettings: {
    Networks: Record<string, { IPAddress: string }>;
    Ports: Record<string, { HostIp: string; HostPort: string }[] | null>;
  };
  HostConfig: {
    Memory: number;
    RestartPolicy: { Name: string };
    Ulimits: { Name: string; Soft: number; Hard: number }[] | null;
    PidMode: string;
    NetworkMode: string;
    Privileged: boolean;
  };
}

function cliEngine(name: string, command: string): Engine {
  const client = async (...args: string[]): Promise<string> => (await execa(command, args)).stdout;
  const lines = async (...args: string[]): Promise<string[]> =>
    (await client(...args)).split("\n").filter(Boolean);
  return {
    name,
    client,
    async containers(cluster) {
      const filter = `label=k3d.cluster=${cluster}`;
      const [all, running] = await Promise.all([
        lines("ps", "-a", "--filter", filter, "--format", "{{.Names}}"),
        lines("ps", "--filter", filter, "--filter", "status=running", "--format", "{{.Names}}"),
      ]);
      return all
        .sort()
        .map((container) => ({ name: container, running: running.includes(container) }));
    },
    networks: () => lines("network", "ls", "--format", "{{.Name}}"),
    volumes: () => lines("volume", "ls", "--format", "{{.Name}}"),
    async inspect(container) {
      const [found] = JSON.parse(
        await client("inspect", "--type", "container", container),
      ) as Inspection[];
      if (found === undefined) throw new Error(`no container ${container}`);
      return found;
    },
  };
}

const ENGINES: Record<string, Engine> = {
  docker: cliEngine("docker", "docker"),
  podman: cliEngine("podman", "podman"),
  oci: ociEngine,
};

/** @throws for a runtime that the end-to-end tests cannot look at from outside. */
export function engineNamed(name: string): Engine {
  const engine = ENGINES[name];
  if (engine === undefined)
    throw new Error(
      `'${name}' is not an engine that the end-to-end tests can look at from outside`,
    );
  return engine;
}

/** Engines to test on: `K3D_TEST_RUNTIMES`, a comma list; default `docker`. */
export function enginesUnderTest(): Engine[] {
  return (process.env["K3D_TEST_RUNTIMES"] ?? "docker").split(",").filter(Boolean).map(engineNamed);
}
