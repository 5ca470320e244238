import { K3dError, maskArgs, type ErrorCode } from "@k3d/core/runtime";
import type { CommandResult } from "./cli.js";

/** How one kind of complaint is told. */
export interface FailureRule {
  pattern: RegExp;
  code: ErrorCode;
  hint?: string;
}

export interface FailureContext {
  /** Goes on after "Cannot". */
  action: string;
  /** Looked at before the general ones. */
  rules?: readonly FailureRule[];
  /** What any other failure is. Default `RUNTIME_ERROR`. */
  fallback?: ErrorCode;
}

/** The first one that fits counts. nerdctl words most of these as Docker does, some as containerd. */
const RULES: readonly FailureRule[] = [
  {
    pattern:
      /cannot connect to|connection refused|is the (docker )?daemon running|cannot access containerd socket|rootless containerd not running/i,
    code: "RUNTIME_UNAVAILABLE",
    hint: "Check that the engine runs",
  },
  { pattern: /no space left on device/i, code: "NO_SPACE" },
  {
    pattern:
      /no such image|image not known|unable to find image|image ".*" (is )?not (found|available)|pull access denied/i,
    code: "IMAGE_NOT_FOUND",
  },
  {
    pattern:
      /name "?[^ ]+"? is already (in use|used)|already in use by container|network with name .* already exists|already exists/i,
    code: "NAME_IN_USE",
  },
  {
    pattern:
      /port is already allocated|failed to bind host port|bind for .* failed|ports are not available|bind: address already in use/i,
    code: "PORT_IN_USE",
    hint: "Choose another host port",
  },
  { pattern: /address already in use|ip .*already (allocated|in use)/i, code: "ADDRESS_IN_USE" },
  {
    pattern: /pool overlaps|subnet .* overlaps|has active endpoints|network .* is in use/i,
    code: "NETWORK_IN_USE",
  },
  { pattern: /volume is in use|volume .* is (being )?(in )?use/i, code: "VOLUME_IN_USE" },
  {
    pattern: /no such (container|network|volume|object)|network .* not found|not found/i,
    code: "NOT_FOUND",
  },
];

/** What the failure of a command means. */
export function failure(
  { exitCode, stderr, stdout }: CommandResult,
  { action, rules = [], fallback = "RUNTIME_ERROR" }: FailureContext,
  commandLine: readonly string[],
): K3dError {
  const said = (stderr.trim() || stdout.trim()).replaceAll(
    /^(Error response from daemon|time=.* level=fatal msg|FATA\[\d+\]):?=? ?/gm,
    "",
  );
  const rule = [...rules, ...RULES].find(({ pattern }) => pattern.test(said));
  return new K3dError(
    rule?.code ?? fallback,
    `Cannot ${action}: ${said || `exit code ${exitCode}`}`,
    {
      hint: rule?.hint,
      details: { command: maskArgs([...commandLine]), exitCode, stderr },
    },
  );
}
