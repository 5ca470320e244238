/** How much is told on standard error; each level includes those before it. */
export const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const LEVEL_WORDS: Readonly<Record<string, LogLevel>> = {
  panic: "error",
  fatal: "error",
  error: "error",
  warn: "warn",
  warning: "warn",
  info: "info",
  debug: "debug",
  trace: "trace",
};

/** The level that `LOG_LEVEL` names, in the words of the Go k3d; `undefined` for anything else. */
export function parseLogLevel(word: string | undefined): LogLevel | undefined {
  const key = word?.trim().toLowerCase() ?? "";
  return Object.hasOwn(LEVEL_WORDS, key) ? LEVEL_WORDS[key] : undefined;
}

/** What to say of a `LOG_LEVEL` that names no level; `undefined` when there is nothing to say. */
export function logLevelWarning(word: string | undefined): string | undefined {
  if (word === undefined || word.trim() === "" || parseLogLevel(word) !== undefined)
    return undefined;
  return `LOG_LEVEL ${JSON.stringify(word)} is unknown, so info is used; known are ${Object.keys(LEVEL_WORDS).join(", ")}`;
}

/** Whether something of `level` is told when `chosen` is the level in force. */
export function isTold(level: LogLevel, chosen: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(chosen);
}
