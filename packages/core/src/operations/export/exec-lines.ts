import { createInterface } from "node:readline";
import { K3dError } from "../../errors/index.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/**
 * The lines that a command prints in a container, as they come.
 *
 * @throws `COMMAND_FAILED` after the last line when it ended with a failure
 */
export async function* execLines(
  runtime: ContainerRuntime,
  container: string,
  args: string[],
  mask: (text: string) => string,
  options: CallOptions,
): AsyncGenerator<string> {
  const running = await runtime.containers.exec(container, { args, ...options });
  let last = "";
  const errors = (async () => {
    for await (const line of createInterface({ input: running.stderr })) last = line || last;
  })();
  // Nobody waits for them where the reader of the lines gives up.
  errors.catch(() => {});
  running.exitCode.catch(() => {});
  for await (const line of createInterface({ input: running.stdout })) yield mask(line);
  const [exitCode] = await Promise.all([running.exitCode, errors]);
  if (exitCode === 0) return;
  const command = args.join(" ");
  throw new K3dError(
    "COMMAND_FAILED",
    `'${command}' failed: ${mask(last) || `exit code ${exitCode}`}`,
    {
      details: { command: args, exitCode },
    },
  );
}
