import {
  K3dError,
  maskArgs,
  maskText,
  secretsIn,
  type ErrorCode,
  type K3dErrorOptions,
} from "@k3d/core/runtime";

/** What a podman command left behind when it ended. */
export interface CommandResult {
  /** The whole command line, the executable first. */
  commandLine: readonly string[];
  /** Exit code; absent when a signal ended it. */
  exitCode?: number;
  signal?: string;
  stdout: string;
  stderr: string;
  /** Values that must not appear in errors besides those that the command line shows to be secret. */
  secrets?: readonly string[];
}

/** How one kind of podman's complaints is told as a {@link K3dError}. */
export interface FailureRule {
  pattern: RegExp;
  code: ErrorCode;
  hint?: string;
}

const PORT_HINT =
  "Choose another host port, or end what uses it (`ss -ltnp` shows it; a stopped container keeps none)";
const LOW_PORT_HINT =
  "Without root, ports below net.ipv4.ip_unprivileged_port_start (1024 by default) are closed: use a higher port, or lower that limit with sysctl";
const UNAVAILABLE_HINT =
  "Run `podman info` as the same user: it must succeed. For a remote Podman check CONTAINER_HOST or `podman system connection list`";

/**
 * Podman has neither error codes nor a machine-readable form of its errors, only
 * texts. These are all that the adapter reads, first match first.
 */
const RULES: readonly FailureRule[] = [
  { pattern: /no space left on device/i, code: "NO_SPACE" },
  {
    pattern:
      /(cannot|unable to) connect to podman|failed to connect: |ssh: (handshake failed|unable to authenticate)|connect: (connection refused|no such file or directory)|invalid internal status|newuidmap|newgidmap|cannot set up namespace|cannot re-exec process/i,
    code: "RUNTIME_UNAVAILABLE",
    hint: UNAVAILABLE_HINT,
  },
  {
    pattern: /requested ip address \S+ is already allocated|address \S+ already allocated/i,
    code: "ADDRESS_IN_USE",
    hint: "Remove the container that has the address, or leave the address to the engine",
  },
  {
    pattern:
      /cannot expose privileged port|bind: permission denied|failed to bind port .*permission denied/is,
    code: "UNSUPPORTED",
    hint: LOW_PORT_HINT,
  },
  {
    pattern: /address already in use|port is already allocated|conflict with ports? /i,
    code: "PORT_IN_USE",
    hint: PORT_HINT,
  },
  {
    pattern: /is being used by the following container|volume is being used/i,
    code: "VOLUME_IN_USE",
    hint: "Remove the containers that mount it first",
  },
  {
    pattern: /network is being used|has associated containers/i,
    code: "NETWORK_IN_USE",
    hint: "Disconnect or remove its containers first",
  },
  {
    pattern: /subnet \S+ (is already (used|being used)|overlaps)|already used on the host/i,
    code: "NETWORK_IN_USE",
    hint: "Choose another subnet, or leave the choice to the engine",
  },
  {
    pattern:
      /(container|that|volume|network) (name )?\S* ?(is )?already (in use|exists)|network name \S+ already used|name \S+ (is )?already in use|UNIQUE constraint failed: \w+Config\.Name/i,
    code: "NAME_IN_USE",
    hint: "Remove the other object of that name, or choose another name",
  },
  {
    pattern: /image not known|no such image/i,
    code: "IMAGE_NOT_FOUND",
    hint: "Pull or load the image first; `podman images` shows what is there",
  },
  {
    pattern:
      /no such (container|volume|network|object|pod)|no (container|volume) with name|network not found|container \S+ does not exist|could not be found on container/i,
    code: "NOT_FOUND",
  },
  {
    pattern: /network inspection mismatch/i,
    code: "RUNTIME_ERROR",
    hint: "A podman command was killed: run `podman network reload --all` to repair the networks of its containers, then try again",
  },
  {
    pattern: /container-init binary not found/i,
    code: "UNSUPPORTED",
    hint: "Install catatonit, Podman's init process (Debian: apt-get install catatonit)",
  },
  {
    pattern: /OCI (runtime|permission)|(runc|crun|runsc|kata-runtime)[^\s:]*: /,
    code: "CONTAINER_FAILED",
  },
];

export interface FailureContext {
  /** What was tried, as it follows `Cannot `, e.g. `start container k3d-demo-server-0`. */
  action: string;
  /** Asked before the common rules. */
  rules?: readonly FailureRule[];
  /** When nothing matches. Default `RUNTIME_ERROR`. */
  fallback?: ErrorCode;
}

/** A failed command as an error with the evidence in its details and no secret in it. */
export function failureError(result: CommandResult, context: FailureContext): K3dError {
  const reason = failureReason(result);
  const rule = [...(context.rules ?? []), ...RULES].find(({ pattern }) => pattern.test(reason));
  const options: K3dErrorOptions = { details: evidence(result) };
  if (rule?.hint !== undefined) options.hint = rule.hint;
  const code = rule?.code ?? context.fallback ?? "RUNTIME_ERROR";
  const message = maskText(firstLines(reason), secretsOf(result));
  return new K3dError(code, `Cannot ${context.action}: ${message}`, options);
}

/** Command line, exit code and standard error for error details; secrets masked. */
export function evidence(result: CommandResult): Record<string, unknown> {
  return {
    command: maskArgs(result.commandLine)
      .map((arg) => quoteArg(maskText(arg, secretsOf(result))))
      .join(" "),
    exitCode: result.exitCode,
    signal: result.signal,
    stderr: maskText(result.stderr.trim(), secretsOf(result)),
  };
}

/** Podman's own words on why it failed: the text from its last `Error:` on. */
export function failureReason({ stderr, exitCode, signal }: CommandResult): string {
  const start = stderr.lastIndexOf("Error: ");
  const words = start === -1 ? lastLine(stderr) : stderr.slice(start + "Error: ".length);
  const reason = words.trim().replace(/^inspecting object: /, "");
  if (reason !== "") return reason;
  return signal === undefined
    ? `podman ended with exit code ${exitCode}`
    : `podman was ended by ${signal}`;
}

/** Whether a command failed because another process held podman's locks, database or mounts for a moment. */
export function isTransient(result: CommandResult): boolean {
  return (
    result.exitCode !== 0 &&
    /database is locked|resource temporarily unavailable|holding the xtables lock|text file busy|device or resource busy|error acquiring lock/i.test(
      result.stderr,
    )
  );
}

function secretsOf({ commandLine, secrets = [] }: CommandResult): string[] {
  return [...secrets, ...secretsIn(commandLine)];
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, 6).join("\n");
}

function quoteArg(arg: string): string {
  return /^[\w@%+=:,./*-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
