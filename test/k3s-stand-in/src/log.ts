/** Writes the two line formats that k3s mixes on stderr: logrus text and klog. */

type Level = "debug" | "info" | "warning" | "error" | "fatal";

let debugEnabled = false;

export function enableDebug(): void {
  debugEnabled = true;
}

/** Go's %q, as far as log messages need it. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function logrus(level: Level, message: string, fields: Record<string, string> = {}): void {
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  const extra = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${/^[\w./@^+-]+$/.test(value) ? value : quote(value)}`,
  );
  process.stderr.write(
    `time="${time}" level=${level} msg=${/^[\w./@^+-]+$/.test(message) ? message : quote(message)}${extra.join("")}\n`,
  );
}

export const log = {
  debug: (message: string): void => {
    if (debugEnabled) logrus("debug", message);
  },
  info: (message: string, fields?: Record<string, string>): void => logrus("info", message, fields),
  warn: (message: string, fields?: Record<string, string>): void =>
    logrus("warning", message, fields),
  error: (message: string, fields?: Record<string, string>): void =>
    logrus("error", message, fields),
  fatal: (message: string): void => logrus("fatal", message),
};

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** A klog line, as the embedded kubelet writes it: `I1122 14:05:43.123456     123 file.go:75] message`. */
export function klog(severity: "I" | "W" | "E", source: string, message: string): void {
  const now = new Date();
  const day = pad(now.getUTCMonth() + 1, 2) + pad(now.getUTCDate(), 2);
  const clock = `${pad(now.getUTCHours(), 2)}:${pad(now.getUTCMinutes(), 2)}:${pad(now.getUTCSeconds(), 2)}.${pad(now.getUTCMilliseconds(), 3)}000`;
  process.stderr.write(
    `${severity}${day} ${clock} ${String(process.pid).padStart(7)} ${source}] ${message}\n`,
  );
}
