import { K3dError, maskArgs, nearest, nearestPhrase } from "@k3d/core";
import { printable } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";

export interface UnknownCommand {
  /** The words that oclif took for the command, joined by colons. */
  id: string;
  /** The same words as they were written; one may hold a colon. Default: from `id`. */
  words?: string[];
  argv?: string[];
  config: Config;
  /** Shows the help of a command of today instead of running it. */
  showHelp?: (command: string[]) => Promise<void>;
}

/**
 * What happens to a command that nobody defines: `k3d foo` runs the executable `k3d-foo` of PATH with
 * the remaining arguments, where there is one; commands of k3d v1 and those with the verb in front run
 * as they are said today, which is told.
 *
 * @throws K3dError `INVALID_INPUT` that names the nearest command
 */
export async function runUnknownCommand({
  id,
  words = id.split(":"),
  argv = [],
  config,
  showHelp,
}: UnknownCommand): Promise<void> {
  const [first = ""] = words;
  if (/^[\w][\w.-]*$/.test(first) && !config.findTopic(first)) {
    const code = await runExternal(`${config.bin}-${first}`, [...words.slice(1), ...argv]);
    if (code !== undefined) {
      process.exitCode = code;
      return;
    }
  }
  const { newForm } = await import("./shortcuts.js");
  const today = newForm(words, argv, (command) => config.findCommand(command) !== undefined);
  if (today === undefined) throw unknownCommand(words, config);
  const shown = showHelp === undefined ? maskArgs(today.argv) : [];
  const line = [config.bin, ...today.command, ...shown].join(" ");
  const written = [config.bin, ...words].join(" ");
  process.stderr.write(`${printable(`"${written}" is now: ${line}`)}\n`);
  if (showHelp !== undefined) return showHelp(today.command);
  await config.runCommand(today.command.join(":"), today.argv);
}

/** Runs an executable of PATH on this terminal. @returns its exit code, `undefined` when there is none. */
async function runExternal(file: string, args: string[]): Promise<number | undefined> {
  const { execa } = await import("execa");
  // Ctrl-C reaches the child by itself; k3d must outlive it to pass its exit code on.
  const ignore = (): void => {};
  process.on("SIGINT", ignore);
  try {
    const { code, exitCode, signal } = await execa(file, args, { stdio: "inherit", reject: false });
    if (code === "ENOENT" || code === "ENAMETOOLONG") return undefined;
    if (signal === "SIGINT") return 130;
    return exitCode ?? 1;
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** Commands of k3d v1 that no command of today does. */
const FORMER_COMMANDS: Readonly<Record<string, string>> = {
  shell: "Write k3d use CLUSTER: kubectl then talks to it, in every shell.",
};

function unknownCommand(words: string[], config: Config): K3dError {
  const [first = ""] = words;
  if (first.startsWith("-")) {
    return new K3dError("INVALID_INPUT", `Unknown flag ${first} before the command`, {
      hint: `Flags of a command are written behind its name. See: ${config.bin} --help`,
    });
  }
  const parent = longestCommand(words, config);
  if (parent !== undefined) {
    const rest = words.slice(parent.split(":").length);
    return new K3dError("INVALID_INPUT", `Unexpected argument: ${rest.join(" ")}`, {
      hint: `See: ${config.bin} ${parent.replaceAll(":", " ")} --help`,
    });
  }
  const written = words.join(" ");
  const visible = config.commands
    .filter(({ hidden }) => !hidden)
    .map((command) => command.id.replaceAll(":", " "));
  const topics = config.topics.map(({ name }) => name.replaceAll(":", " "));
  const former = Object.hasOwn(FORMER_COMMANDS, first) ? FORMER_COMMANDS[first] : undefined;
  if (former !== undefined) {
    return new K3dError("INVALID_INPUT", `Unknown command: ${written}`, {
      hint: `${former} See: ${config.bin} --help`,
    });
  }
  const suggestion =
    nearestPhrase(words, visible) ??
    visible.find((command) => command.endsWith(` ${written}`)) ??
    (words.length === 1 ? nearest(written, [...visible, ...topics]) : undefined);
  const topic = suggestion === undefined ? nearestPhrase(words, topics) : undefined;
  const help = `See: ${[config.bin, ...(topic === undefined ? [] : [topic])].join(" ")} --help`;
  return new K3dError("INVALID_INPUT", `Unknown command: ${written}`, {
    hint: suggestion === undefined ? help : `Did you mean ${config.bin} ${suggestion}? ${help}`,
  });
}

/** The longest leading part of the words that is a command by itself. */
function longestCommand(words: string[], config: Config): string | undefined {
  for (let length = words.length - 1; length > 0; length--) {
    const id = words.slice(0, length).join(":");
    if (config.findCommand(id)) return id;
  }
  return undefined;
}
