import { K3dError } from "../errors/index.js";
import { assignAddresses } from "./addresses.js";
import type { MemoryContainer } from "./container.js";
import type { MemorySignal } from "./process.js";
import { runProcess } from "./run-process.js";
import type { MemoryWorld } from "./world.js";

const FIRST_RESTART_DELAY_MS = 1;
const LONGEST_RESTART_DELAY_MS = 50;

/** Gives a container what it holds while it runs, and its process. @throws `PORT_IN_USE`, `ADDRESS_IN_USE`. */
export async function startContainer(
  world: MemoryWorld,
  container: MemoryContainer,
): Promise<void> {
  if (container.active) return;
  container.stopRequested = false;
  container.restartCount = 0;
  await acquireAndRun(world, container);
}

async function acquireAndRun(world: MemoryWorld, container: MemoryContainer): Promise<void> {
  const { process: spec } = container.spec;
  const image = world.findImage(container.spec.image);
  const args = spec.args ?? [...(image?.config.entrypoint ?? []), ...(image?.config.cmd ?? [])];
  if (!world.canExecute(args)) {
    throw new K3dError(
      "CONTAINER_FAILED",
      `Cannot start container '${container.name}': ${args[0] ?? "its command"} is not executable`,
      {
        hint: "Check its command and its image.",
      },
    );
  }
  const releases: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> => {
    await Promise.all(releases.map((undo) => undo()));
    for (const endpoint of container.endpoints.values()) {
      delete endpoint.address;
      delete endpoint.ipv6Address;
    }
    container.ports = [];
  };
  try {
    for (const [networkId, endpoint] of container.endpoints) {
      assignAddresses(world, world.network(networkId), endpoint);
    }
    for (const port of container.spec.ports) {
      const bound = await world.hostPorts.bind(
        port,
        () => container.listeners.get(port.containerPort)?.() ?? "",
      );
      releases.push(bound.release);
      container.ports.push({ ...port, hostPort: bound.port });
    }
  } catch (error) {
    await release();
    container.error = (error as Error).message;
    throw error;
  }
  delete container.error;
  delete container.exitCode;
  container.runs += 1;
  container.startedAt = world.now();
  const running = runProcess(world, container, {
    kind: "main",
    args,
    env: [...(image?.config.env ?? []), ...spec.env],
    cwd: spec.cwd,
    user: spec.user,
  });
  container.main = running;
  container.setStatus("running");
  void running.exitCode.then((exitCode) => afterExit(world, container, exitCode, release));
}

async function afterExit(
  world: MemoryWorld,
  container: MemoryContainer,
  exitCode: number,
  release: () => Promise<void>,
): Promise<void> {
  for (const exec of container.execs) exec.kill("SIGKILL");
  container.logs.flush();
  container.exitCode = exitCode;
  container.finishedAt = world.now();
  delete container.main;
  await release();
  if (!restarts(container, exitCode)) {
    container.setStatus("stopped");
    return;
  }
  container.setStatus("restarting");
  container.restartCount += 1;
  const delay = Math.min(
    FIRST_RESTART_DELAY_MS * 2 ** container.restartCount,
    LONGEST_RESTART_DELAY_MS,
  );
  await new Promise((resolve) => setTimeout(resolve, delay));
  if (container.status !== "restarting" || !world.containers.has(container.id)) return;
  if (container.stopRequested) {
    container.setStatus("stopped");
    return;
  }
  try {
    await acquireAndRun(world, container);
  } catch (error) {
    container.error = (error as Error).message;
    container.setStatus("stopped");
  }
}

function restarts(container: MemoryContainer, exitCode: number): boolean {
  const policy = container.spec.restartPolicy ?? { name: "no" as const };
  if (container.stopRequested || policy.name === "no") return false;
  if (policy.name !== "on-failure") return true;
  return (
    exitCode !== 0 &&
    (!policy.maximumRetryCount || container.restartCount < policy.maximumRetryCount)
  );
}

const DEFAULT_STOP_SECONDS = 10;

/** Ends a container: its stop signal, then SIGKILL after `graceSeconds`; 0 kills at once. */
export async function stopContainer(
  container: MemoryContainer,
  graceSeconds = container.spec.stopTimeout ?? DEFAULT_STOP_SECONDS,
): Promise<void> {
  container.stopRequested = true;
  if (container.status === "restarting") container.setStatus("stopped");
  const { main } = container;
  if (!main) return container.until(() => !container.active);
  if (graceSeconds > 0) {
    main.kill((container.spec.stopSignal ?? "SIGTERM") as MemorySignal);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceSeconds * 1000);
    });
    await Promise.race([main.ended, grace]);
    clearTimeout(timer);
  }
  main.kill("SIGKILL");
  await container.until(() => !container.active);
}

/** Frees what a removed container held. */
export function forgetContainer(
  world: MemoryWorld,
  container: MemoryContainer,
  withVolumes: boolean,
): void {
  world.containers.delete(container.id);
  container.setStatus("removing");
  for (const name of container.volumes) {
    if (withVolumes && world.volumes.get(name)?.anonymous) world.volumes.delete(name);
  }
}

/** @throws `CONTAINER_FAILED` unless processes can be started in the container now. */
export function assertRunning(container: MemoryContainer): void {
  if (container.status === "running") return;
  throw new K3dError(
    "CONTAINER_FAILED",
    `Container '${container.name}' is not running but ${container.status}`,
    {
      hint: "Start the container first; its log tells why it ended.",
    },
  );
}
