import { K3dError, type CallOptions, type StopOptions } from "@k3d/core/runtime";
import { failureError } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { containerStatus } from "./from-native.js";
import { inspectContainer } from "./inspect.js";
import type { ContainerJson } from "./inspect-json.js";

/** For a container that ends and is started again all the time; each has a good chance to catch it. */
const ATTEMPTS = 20;

/**
 * Stops a container and resolves when it has ended for good.
 *
 * Podman has no daemon: the restart policy is carried out by a clean-up
 * process after each end. `podman stop` suspends it only for a container that
 * runs at that moment; one that keeps crashing hardly ever does. So the
 * clean-up is done here as well, and the stop is repeated when it led to
 * another start.
 */
export async function stopContainer(
  cli: PodmanCli,
  id: string,
  { timeoutSeconds, signal }: StopOptions,
): Promise<ContainerJson> {
  const options = { signal };
  const time = timeoutSeconds === undefined ? [] : [`--time=${timeoutSeconds}`];
  const context = { action: `stop container '${id}'` };
  let failure: K3dError | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await cli.run(["stop", ...time, id], options);
    const json = await cleanedUp(cli, id, options);
    const status = containerStatus(json);
    if (status === "created" || status === "stopped") return json;
    failure = result.exitCode === 0 ? undefined : failureError(result, context);
    if (status === "paused") await cli.text(["unpause", id], context, options);
    else if (failure !== undefined && json.RestartCount === 0) throw failure;
  }
  if (failure !== undefined) throw failure;
  throw new K3dError(
    "RUNTIME_ERROR",
    `Cannot stop container '${id}': it is started again each time`,
    {
      hint: "Look for another program that starts it, e.g. a systemd unit",
    },
  );
}

/** The container after the clean-up that an end asks for; it may run again then. */
async function cleanedUp(cli: PodmanCli, id: string, options: CallOptions): Promise<ContainerJson> {
  const json = await inspectContainer(cli, id, options);
  if (containerStatus(json) !== "restarting") return json;
  // A remote podman cannot; there the service's own clean-up has to come.
  await cli.run(["container", "cleanup", id], options);
  return inspectContainer(cli, id, options);
}
