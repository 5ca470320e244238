import { K3dError, type RemoveOptions } from "@k3d/core/runtime";
import type { FailureRule } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { inspectContainer } from "./inspect.js";
import type { ContainerJson } from "./inspect-json.js";

const RUNNING: FailureRule = {
  pattern: /running or paused containers cannot be removed|as it is (running|paused|stopping)/i,
  code: "INVALID_INPUT",
  hint: "Stop it first, or remove it by force",
};

/** Podman's words when a container's process ends, to be restarted, between its look and its kill. */
const ENDED_MEANWHILE = /could not be stopped: .*container state improper/i;
const ATTEMPTS = 5;

/** Each attempt takes podman long enough for the state to settle. */
async function untilEnded(remove: () => Promise<string>): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await remove();
    } catch (error) {
      if (attempt === ATTEMPTS || !ENDED_MEANWHILE.test((error as Error).message)) throw error;
    }
  }
}

/**
 * Removes a container, by force together with its processes.
 *
 * @returns what it was.
 */
export async function removeContainer(
  cli: PodmanCli,
  id: string,
  { force = false, volumes = true, signal }: RemoveOptions,
): Promise<ContainerJson> {
  const options = { signal };
  const context = { action: `remove container '${id}'`, rules: [RUNNING] };
  const json = await inspectContainer(cli, id, options);
  // After an interrupted stop podman 4 takes the container for stopped, and leaves its processes behind.
  if (force && json.State.Status === "stopping") await cli.run(["kill", id], options);
  const args = [
    "rm",
    ...(force ? ["--force", "--time=0"] : []),
    ...(volumes ? ["--volumes"] : []),
    json.Id,
  ];
  const removed = await untilEnded(() => cli.text(args, context, options));
  // With --force podman is content with a container that is gone by now.
  if (removed.trim() === "") {
    throw new K3dError("NOT_FOUND", `Cannot remove container '${id}': no such container`);
  }
  return json;
}
