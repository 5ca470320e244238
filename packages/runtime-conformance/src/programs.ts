/**
 * What the suite runs inside containers. Each is `sh -c SCRIPT NAME PARAMS…`,
 * so the name is `$0` and the parameters are `$1` and on.
 */
function program(name: string, script: string, ...params: (string | number)[]): string[] {
  return ["sh", "-c", script, name, ...params.map(String)];
}

const IDLE = "sleep 86400 & wait";

export const programs = {
  /** Runs until SIGTERM and then ends with `exitCode`. */
  idle: (exitCode = 0) => program("idle", `trap "exit $1" TERM; ${IDLE}`, exitCode),
  /** Runs until SIGUSR1 and then ends with `exitCode`; ignores SIGTERM. */
  idleUntilUser: (exitCode = 0) =>
    program("idle-until-user", `trap "" TERM; trap "exit $1" USR1; echo ready; ${IDLE}`, exitCode),
  /** Uses a processor until SIGTERM. */
  busy: () => program("busy", `trap "exit 0" TERM; while :; do :; done`),
  /** Ignores SIGTERM. */
  stubborn: () => program("stubborn", `trap "" TERM; echo ready; while :; do sleep 1; done`),
  exit: (code: number) => program("exit", `exit "$1"`, code),
  /** One line for each parameter on standard output. */
  print: (...lines: string[]) => program("print", `for line; do echo "$line"; done`, ...lines),
  /** Without a newline at the end. */
  printRaw: (text: string) => program("print-raw", `printf %s "$1"`, text),
  printBoth: (out: string, err: string) =>
    program("print-both", `echo "$1"; echo "$2" >&2`, out, err),
  /** `line 1` to `line N`. */
  count: (lines: number) => program("count", `seq 1 "$1" | sed "s/^/line /"`, lines),
  /** One line of `length` times `x`. */
  longLine: (length: number) =>
    program("long-line", `head -c "$1" /dev/zero | tr "\\0" x; echo`, length),
  /** Prints `first`, `second` once the file /tmp/go exists, and ends once /tmp/end exists. */
  staged: () =>
    program(
      "staged",
      `echo first; until [ -e /tmp/go ]; do sleep 0.05; done; echo second; until [ -e /tmp/end ]; do sleep 0.05; done; echo third`,
    ),
  /** Prints `run N`; fails in each run before the `stable` one, which runs until it is stopped. */
  flaky: (stable: number) =>
    program(
      "flaky",
      `n=$(($(cat /runs 2>/dev/null || echo 0) + 1)); echo $n > /runs; echo "run $n"; [ $n -lt "$1" ] && exit 1; trap "exit 0" TERM; ${IDLE}`,
      stable,
    ),
  touch: (path: string) => program("touch", `touch "$1"`, path),
  write: (path: string, text: string) => program("write", `printf %s "$2" > "$1"`, path, text),
  read: (path: string) => program("read", `cat "$1"`, path),
  /** `MODE UID GID` of each file. */
  stat: (...paths: string[]) => program("stat", `stat -c "%a %u %g" "$@"`, ...paths),
  /** Target of a symbolic link. */
  readLink: (path: string) => program("read-link", `readlink "$1"`, path),
  size: (path: string) => program("size", `stat -c %s "$1"`, path),
  /** Fails when the variable is not set. */
  variable: (name: string) =>
    program("variable", `eval "[ \\\${$1+x} ] && echo \\"\\$$1\\""`, name),
  hostname: () => program("hostname", "hostname"),
  /** Its own process id. */
  processId: () => program("process-id", `echo $$; trap "exit 0" TERM; ${IDLE}`),
  /**
   * What it finds: lines of `pid N`, `cwd PATH`, `user UID:GID`, `hostname NAME`, `mount TYPE` of what
   * is mounted at a path, `env NAME=VALUE`, `hosts LINE` of /etc/hosts, and `arg ARG` of the others.
   */
  surroundings: (path: string, ...args: string[]) =>
    program(
      "surroundings",
      `echo "pid $$"; echo "cwd $(pwd)"; echo "user $(id -u):$(id -g)"; echo "hostname $(hostname)"; awk -v at="$1" '$2 == at { print "mount " $3 }' /proc/mounts; env | sed "s/^/env /"; sed "s/^/hosts /" /etc/hosts; shift; for arg; do echo "arg $arg"; done`,
      path,
      ...args,
    ),
  echoInput: () => program("echo-input", "cat"),
  countInput: () => program("count-input", "wc -c"),
  /** N zero bytes on standard output. */
  zeros: (bytes: number) => program("zeros", `head -c "$1" /dev/zero`, bytes),
  /** N zero bytes into a file. */
  makeFile: (path: string, bytes: number) =>
    program("make-file", `head -c "$2" /dev/zero > "$1"`, path, bytes),
  /** Answers each connection to a port with one line. */
  serve: (port: number, text: string) =>
    program("serve", `nc -ll -p "$1" -e echo "$2"`, port, text),
  fetch: (host: string, port: number) =>
    program("fetch", `nc -w 3 "$1" "$2" </dev/null`, host, port),
  /** Soft limit on open files. */
  openFilesLimit: () => program("open-files-limit", "ulimit -S -n"),
  /** Memory limit of its control group, in bytes. */
  memoryLimit: () =>
    program(
      "memory-limit",
      "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes",
    ),
  /** Effective capabilities as a hexadecimal mask. */
  capabilities: () =>
    program("capabilities", `sed -n "s/^CapEff:[[:space:]]*//p" /proc/self/status`),
  networkInterfaces: () => program("network-interfaces", "ls /sys/class/net"),
};

/** What `surroundings` tells of one kind, e.g. `env`. */
export function valuesOf(lines: readonly string[], kind: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => line.slice(kind.length + 1));
}
