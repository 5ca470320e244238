import { K3dError } from "@k3d/core/runtime";

/** What a shell would end with for a program that is not there, or may not be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * How a command in a container ended. runc and crun pass its exit code on, and have one of their own for failures of
 * theirs, which they also log; crun begins the kernel's words with a capital.
 *
 * @param log what the program logged, a JSON object a line
 * @throws `CONTAINER_FAILED` when the container had ended by then, `RUNTIME_ERROR`
 */
export function execOutcome(
  container: string,
  args: readonly string[],
  exitCode: number | undefined,
  log: string | undefined,
): number {
  const failure = (log ?? "")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { level?: string; msg?: string })
    .findLast(({ level }) => level === "error" || level === "fatal")?.msg;
  if (exitCode !== undefined && (exitCode === 0 || failure === undefined)) return exitCode;
  if (failure !== undefined && /executable file not found|no such file or directory/i.test(failure))
    return NOT_FOUND;
  if (failure !== undefined && /permission denied|is a directory|exec format error/i.test(failure))
    return NOT_EXECUTABLE;
  const reason = failure ?? "its process was killed";
  const hasEnded = /is not running|in a stopped container/i.test(reason);
  throw new K3dError(
    hasEnded ? "CONTAINER_FAILED" : "RUNTIME_ERROR",
    `Command ${args[0] ?? ""} cannot be run in container '${container}': ${reason}`,
  );
}
