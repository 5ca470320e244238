import { setTimeout as delay } from "node:timers/promises";
import { K3dError, type StopOptions } from "@k3d/core";
import { failureError } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { containerStatus } from "./container-info.js";
import { inspectContainer } from "./inspect.js";
import type { ContainerJson } from "./inspect-json.js";

const DEFAULT_TIMEOUT_SECONDS = 10;
/** A container that its restart policy brings back between our commands is stopped again. */
const ATTEMPTS = 5;
/** Milliseconds between looks at a container that has ended but was not cleaned up yet. */
const SETTLE_INTERVAL = 50;
const SETTLE_LOOKS = 20;

/**
 * Stops a container and resolves when it has ended for good.
 *
 * Podman has no daemon: the restart policy is carried out by a clean-up
 * process after each end. `podman stop` suspends it only for a container that
 * runs at that moment, so a container that keeps crashing needs a second look.
 */
export async function stopContainer(
  cli: PodmanCli,
  id: string,
  options: StopOptions,
): Promise<ContainerJson> {
  const context = { action: `stop container ${id}` };
  const seconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await cli.run(["stop", `--time=${seconds}`, id], options);
    const json = await settled(cli, id, options);
    const status = containerStatus(json);
    const ended = status === "created" || status === "stopped" || status === "restarting";
    if (ended) return json;
    if (status === "paused") await cli.text(["unpause", id], context, options);
    else if (result.exitCode !== 0) throw failureError(result, context);
  }
  throw new K3dError("RUNTIME_ERROR", `Cannot stop container ${id}: it is started again each time`, {
    hint: "Look for another program that starts it, e.g. a systemd unit",
  });
}

/** The container once its clean-up process has decided whether to start it again. */
async function settled(cli: PodmanCli, id: string, { signal }: StopOptions): Promise<ContainerJson> {
  const options = signal === undefined ? {} : { signal };
  for (let look = 0; ; look++) {
    const json = await inspectContainer(cli, id, options);
    const undecided = json.State.Status === "stopped" && hasRestartPolicy(json);
    if (!undecided || look === SETTLE_LOOKS) return json;
    await delay(SETTLE_INTERVAL);
  }
}

function hasRestartPolicy({ HostConfig }: ContainerJson): boolean {
  return !["", "no", undefined].includes(HostConfig.RestartPolicy?.Name);
}
