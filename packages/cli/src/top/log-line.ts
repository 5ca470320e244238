const LOGRUS = /^time="[^"]*T(\d\d:\d\d:\d\d)[^"]*" level=(\w+) msg="((?:[^"\\]|\\.)*)"\s*(.*)$/;
const KLOG = /^([IWEF])\d{4} (\d\d:\d\d:\d\d)\.\d+\s+\d+ [^\]\s]+\] (.*)$/;
const LEVELS: Readonly<Record<string, string>> = { I: "info", W: "warn", E: "error", F: "fatal" };

/** A line of k3s' log with what it says close to the left; other lines as they are. */
export function shortLogLine(line: string): string {
  const [, time, level = "", message = "", more = ""] = LOGRUS.exec(line) ?? [];
  if (time !== undefined) {
    const words = message.replaceAll(/\\(["\\])/g, "$1");
    return `${time} ${level.replace("warning", "warn")} ${words} ${more}`.trimEnd();
  }
  const [, letter, at, text] = KLOG.exec(line) ?? [];
  return letter === undefined ? line : `${at} ${LEVELS[letter]} ${text}`;
}
