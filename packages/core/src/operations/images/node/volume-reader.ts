import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { NodeView } from "../../../node/views.js";
import { quietly } from "../../../runtime/quietly.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { failureOf, IMPORT_COMMAND, type ImportFailure, type ReceiveOptions } from "./receive.js";

/**
 * Imports the file `$1` with the command that follows, while it is written: each word of the input
 * says that more of it is there, and without the last, `end`, the command finds it cut short. `drop`
 * removes the name; what is open stays readable. Tells that it has opened the file, and every second
 * how far it was read, until the shell is gone, which an engine may kill: `cat` shares its position in the
 * file with the shell.
 */
const IMPORT_FILE = `exec 3<"$1" || exit 1
file=$1
shift
echo open
while kill -0 $$ 2>/dev/null; do
  sed -n 's/^pos:[^0-9]*//p' /proc/self/fdinfo/3 2>/dev/null
  sleep 1 3<&- >/dev/null 2>&1
done </dev/null &
told=$!
while read -r word; do
  case $word in
    drop) rm -f "$file" ;;
    *) cat <&3 2>/dev/null || break ;;
  esac
  [ "$word" = end ] && break
done | "$@" - >/dev/null
code=$?
kill $told 2>/dev/null
exit $code`;

/** A node that imports an archive of the image volume while it is written. */
export interface VolumeReader {
  /** Whether it has opened the file; it never will once it failed. */
  readonly opened: Promise<boolean>;
  /** How it ends. @throws `ABORTED`. */
  readonly outcome: Promise<ImportFailure | undefined>;
  /** More is there to be read. */
  more(): void;
  /** The name of the file is needed no more. */
  drop(): void;
  /** All is there. */
  end(): void;
  /** No more will be there, and what is there is to be dropped. */
  close(): void;
}

export interface VolumeReaderOptions extends ReceiveOptions {
  /** Bytes of the file that were read so far. */
  onRead(bytes: number): void;
}

/** Starts reading an archive in the image volume of a node. */
export function volumeReader(
  runtime: ContainerRuntime,
  node: NodeView,
  path: string,
  { signal, flags, onRead }: VolumeReaderOptions,
): VolumeReader {
  const words = quietly(new PassThrough());
  const opened = Promise.withResolvers<boolean>();
  const outcome = failureOf(runtime, node, signal, async () => {
    const args = ["sh", "-c", IMPORT_FILE, "import", path, ...IMPORT_COMMAND, ...flags];
    const shell = await runtime.containers.exec(node.id, { args, stdin: words, signal });
    const told = async (): Promise<void> => {
      for await (const line of createInterface({ input: shell.stdout })) {
        if (line === "open") opened.resolve(true);
        else if (/^\d+$/.test(line)) onRead(Number(line));
      }
    };
    const [stderr, exitCode] = await Promise.all([text(shell.stderr), shell.exitCode, told()]);
    return { stderr, exitCode };
  }).finally(() => {
    opened.resolve(false);
    words.end();
  });
  // Who waits for it may not have come that far.
  outcome.catch(() => {});
  const say = (word: string) => (): void => {
    if (words.writable) words.write(`${word}\n`);
  };
  return {
    opened: opened.promise,
    outcome,
    more: say("more"),
    drop: say("drop"),
    end: say("end"),
    close: () => words.end(),
  };
}
