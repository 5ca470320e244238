import { K3dError, type NamedEngine } from "@k3d/core";
import { logLevelWarning, parseLogLevel, type LogLevel } from "./log-level.js";
import type { ProgressMode } from "./global-flags.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The global flags as oclif parsed them. */
export interface GlobalFlagValues {
  context?: string | undefined;
  host?: string | undefined;
  json?: boolean | undefined;
  progress?: ProgressMode | undefined;
  runtime?: string | undefined;
  timestamps?: boolean | undefined;
  timings?: boolean | undefined;
  "timings-file"?: string | undefined;
  trace?: boolean | undefined;
  verbose?: boolean | undefined;
}

/** What flags and environment together say about output. */
export interface Settings {
  level: LogLevel;
  progress: ProgressMode;
  timestamps: boolean;
  /** What to tell the user of a setting that means nothing. */
  warning?: string | undefined;
}

/** `--trace` and `--verbose` win over `LOG_LEVEL`; the default is `info`. */
export function resolveSettings(flags: GlobalFlagValues, env: Environment): Settings {
  const level = flags.trace
    ? "trace"
    : flags.verbose
      ? "debug"
      : (parseLogLevel(env.LOG_LEVEL) ?? "info");
  const byFlag = flags.trace === true || flags.verbose === true;
  return {
    level,
    warning: byFlag ? undefined : logLevelWarning(env.LOG_LEVEL),
    progress: flags.progress ?? "auto",
    timestamps: flags.timestamps === true || Boolean(env.LOG_TIMESTAMPS),
  };
}

/** The engine that `--host` or `--context` names. @throws `CONFLICTING_OPTIONS` when both are given. */
export function namedEngine({ host, context }: GlobalFlagValues): NamedEngine | undefined {
  if (host && context) {
    throw new K3dError("CONFLICTING_OPTIONS", "--host and --context both name an engine", {
      hint: "Leave one of them out.",
    });
  }
  if (host) return { host };
  return context ? { context } : undefined;
}
