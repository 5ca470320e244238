import type { ChildProcess } from "node:child_process";
import { chmod, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AGAIN_MS, ANSWER_FAULTS, type Fault, type Saboteur, SIGNAL_FAULTS } from "./fault.ts";

/** Counts its calls, also those at once, and fails the one that it was told of. */
const WRAPPER = `#!/bin/bash
real=@REAL@
dir=@DIR@
n=1
while ! mkdir "$dir/calls/$n" 2>/dev/null; do n=$((n + 1)); done
after() {
  "$real" "$@"
  code=$?
  case "$1 $2" in create\\ *|container\\ create*)
    for word; do
      case $before in --name) name=$word ;; esac
      case $word in --name=*) name=\${word#--name=} ;; esac
      before=$word
    done
    "$real" inspect --type container --format '{{range .Mounts}}{{println .Name}}{{end}}' "$name" >>"$dir/volumes" 2>/dev/null </dev/null ;;
  esac
  return $code
}
read -r kind nth <"$dir/fault" || kind=none nth=0
if [ "$n" != "$nth" ]; then
  case "$1 $2" in create\\ *|container\\ create*) after "$@"; exit ;; esac
  exec "$real" "$@"
fi
echo "$*" | head -c 200 >"$dir/struck"
case $kind in
  fail) echo "Error: the campaign wants this to fail" >&2; exit 125 ;;
  lose) after "$@" >/dev/null 2>&1; echo "Error: the campaign lost the answer" >&2; exit 125 ;;
  cut) out=$(after "$@"); printf %s "\${out:0:\${#out}/2}"; exit 0 ;;
  late) sleep 0.7; exec "$real" "$@" ;;
  lie) cat >/dev/null 2>&1 </dev/null; exit 0 ;;
  hang) (sleep @AGAIN@; kill -INT @PID@) >/dev/null 2>&1 </dev/null & exec sleep 90 ;;
  double) (kill -INT @PID@; sleep @AGAIN@; kill -INT @PID@) >/dev/null 2>&1 </dev/null & exec "$real" "$@" ;;
  *) kill -s "\${kind#SIG}" @PID@; exec "$real" "$@" ;;
esac
`;

/** What a program that stands before the engine's own is told by. */
interface CommandOptions {
  /** The variable by which k3d learns of the program. */
  variable: string;
  /** The engine's own program. */
  real: string;
  /** Whether the program's parent is k3d: then signals reach it in the moment of a call. */
  calledByK3d: boolean;
  /** Told in addition to the variable. */
  env?: Readonly<Record<string, string>>;
}

/** A program in front of the engine's own whose N-th call goes wrong. */
export async function engineCommand(
  directory: string,
  { variable, real, calledByK3d, env = {} }: CommandOptions,
): Promise<Saboteur> {
  const program = join(directory, "command");
  const calls = join(directory, "calls");
  const file = (name: string): string => join(directory, name);
  await mkdir(calls, { recursive: true });
  const text = WRAPPER.replaceAll("@REAL@", real)
    .replaceAll("@DIR@", directory)
    .replaceAll("@AGAIN@", String(AGAIN_MS / 1000))
    .replaceAll("@PID@", "$PPID");
  await writeFile(file("fault"), "none 0\n");
  await writeFile(program, text);
  await chmod(program, 0o755);
  return {
    env: { ...env, [variable]: program },
    kinds: calledByK3d
      ? [...ANSWER_FAULTS, ...SIGNAL_FAULTS]
      : ANSWER_FAULTS.filter((kind) => kind !== "hang"),
    args: [],
    async arm({ kind, nth }: Fault, _started: () => ChildProcess | undefined) {
      await Promise.all([rm(calls, { recursive: true }), rm(file("struck"), { force: true })]);
      await mkdir(calls);
      await writeFile(file("fault"), `${kind} ${nth}\n`);
    },
    async disarm() {
      await writeFile(file("fault"), "none 0\n");
      const struck = await readFile(file("struck"), "utf8").catch(() => undefined);
      return struck?.trim().split(" ").slice(0, 3).join(" ");
    },
    async volumes() {
      const seen = await readFile(file("volumes"), "utf8").catch(() => "");
      return [...new Set(seen.split("\n").filter((name) => /^[0-9a-f]{64}$/.test(name)))];
    },
    async close() {
      await readdir(directory).then(() => rm(directory, { recursive: true, force: true }));
    },
  };
}
