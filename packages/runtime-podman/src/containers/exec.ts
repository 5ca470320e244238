import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { K3dError, type ExecOptions, type ExecProcess } from "@k3d/core/runtime";
import { envArgs } from "../command/env-args.js";
import {
  failureError,
  failureReason,
  type CommandResult,
  type FailureContext,
  type FailureRule,
} from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import type { RunningCommand } from "../command/running-command.js";
import { inputError } from "../command/streams.js";
import { containerStatus } from "./from-native.js";
import { inspectContainer } from "./inspect.js";

/** Exit code of podman for failures of its own; a process may end with it as well. */
const PODMAN_FAILED = 125;
/** Podman 4 ends so in some cases where {@link PODMAN_FAILED} was due. */
const PODMAN_FAILED_OTHERWISE = 255;
const OWN_COMPLAINT =
  /unable to find user|exec sessions? on running containers|container state improper|no such container|unable to find group/i;

const OWN_RULES: readonly FailureRule[] = [
  {
    pattern: /on running containers|container state improper/i,
    code: "CONTAINER_FAILED",
    hint: "Start it first",
  },
  { pattern: /unable to find (user|group)/i, code: "COMMAND_FAILED" },
];

/** Starts a process in a running container. */
export async function execInContainer(
  cli: PodmanCli,
  id: string,
  options: ExecOptions,
): Promise<ExecProcess> {
  const { signal, stdin } = options;
  const call = { signal };
  const context: FailureContext = {
    action: `run ${options.args[0] ?? "a command"} in container '${id}'`,
    rules: OWN_RULES,
  };
  const { args: environment, env } = envArgs(options.env ?? []);
  stdin?.on("error", () => undefined);
  // Asked before: podman's own complaint would come on the stream of the process.
  const status = containerStatus(await inspectContainer(cli, id, call));
  if (status !== "running") {
    throw new K3dError("CONTAINER_FAILED", `Cannot ${context.action}: the container is ${status}`, {
      hint: "Start it first",
    });
  }
  const running = await cli.stream(execArgs(id, environment, options), { ...call, env });
  const inputFailure = feedInput(running, stdin, context);
  const exitCode = processExitCode(running, context, inputFailure);
  exitCode.catch(() => undefined);
  return { stdout: running.stdout, stderr: running.stderr, exitCode };
}

/**
 * Writes standard input. An input that fails or is closed before its end ends
 * the command: the process must not take what came for all there was.
 *
 * @returns what tells that failure, once there is one.
 */
function feedInput(
  running: RunningCommand,
  stdin: Readable | undefined,
  context: FailureContext,
): () => K3dError | undefined {
  let failure: K3dError | undefined;
  // A process may end without reading its input.
  running.stdin.on("error", () => stdin?.unpipe(running.stdin));
  if (stdin === undefined) {
    running.stdin.end();
    return () => undefined;
  }
  const onClose = (): void => {
    if (stdin.readableEnded || running.stdout.readableEnded) return;
    failure ??= inputError(stdin.errored ?? undefined, context);
    running.kill();
  };
  stdin.once("error", onClose).once("close", onClose);
  if (stdin.destroyed) onClose();
  stdin.pipe(running.stdin);
  return () => failure;
}

async function processExitCode(
  running: RunningCommand,
  context: FailureContext,
  inputFailure: () => K3dError | undefined,
): Promise<number> {
  const [result] = await Promise.all([
    running.ended,
    finished(running.stdout),
    finished(running.stderr),
  ]);
  const failure = inputFailure();
  if (failure !== undefined) throw failure;
  if (result.exitCode === undefined || isPodmansOwn(result)) throw failureError(result, context);
  return result.exitCode;
}

function isPodmansOwn(result: CommandResult): boolean {
  const complains = /(^|\n)Error: /.test(result.stderr);
  if (result.exitCode === PODMAN_FAILED) return complains;
  return (
    result.exitCode === PODMAN_FAILED_OTHERWISE &&
    complains &&
    OWN_COMPLAINT.test(failureReason(result))
  );
}

function execArgs(id: string, environment: string[], options: ExecOptions): string[] {
  const { args, cwd, user, privileged, stdin } = options;
  return [
    "exec",
    ...(stdin === undefined ? [] : ["--interactive"]),
    ...environment,
    ...(cwd === undefined ? [] : ["--workdir", cwd]),
    ...(user === undefined ? [] : ["--user", user]),
    ...(privileged === true ? ["--privileged"] : []),
    id,
    ...args,
  ];
}
