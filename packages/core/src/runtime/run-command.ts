import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { K3dError } from "../errors/index.js";
import type { CallOptions } from "./common.js";
import type { ContainerRuntime } from "./runtime.js";

/** Runs a command in a container. @throws `COMMAND_FAILED` with its standard error. */
export async function exec(
  runtime: Pick<ContainerRuntime, "containers">,
  container: string,
  args: string[],
  options: CallOptions & { stdin?: Readable; env?: string[] },
): Promise<string> {
  const running = await runtime.containers.exec(container, { args, ...options });
  const [stdout, stderr, exitCode] = await Promise.all([
    text(running.stdout),
    text(running.stderr),
    running.exitCode,
  ]);
  if (exitCode === 0) return stdout;
  throw new K3dError(
    "COMMAND_FAILED",
    `'${args.join(" ")}' failed in container '${container}': ${stderr.trim() || `exit code ${exitCode}`}`,
    {
      details: { command: args, exitCode, stderr },
    },
  );
}
