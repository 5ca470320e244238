import { isK3dError, type CallOptions } from "@k3d/core/runtime";
import { failureError, failureReason, type FailureRule } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { restorePorts } from "./restore-ports.js";

const ADDRESS_OUTSIDE: FailureRule = {
  pattern: /requested static ip \S+ not in any subnet/i,
  code: "INVALID_INPUT",
  hint: "Choose an address inside the subnet of the network",
};
const STOPPING = /must be in created or stopped state to be started/i;

/** Starts a container, also one whose stop was interrupted. */
export async function startContainer(
  cli: PodmanCli,
  id: string,
  options: CallOptions,
): Promise<void> {
  const context = { action: `start container '${id}'`, rules: [ADDRESS_OUTSIDE] };
  let result = await cli.run(["start", id], options);
  if (result.exitCode !== 0 && STOPPING.test(failureReason(result))) {
    await cli.text(["stop", id], context, options);
    result = await cli.run(["start", id], options);
  }
  if (result.exitCode === 0) return;
  const error = failureError(result, context);
  if (isK3dError(error, "PORT_IN_USE")) await restorePorts(cli, id);
  throw error;
}
