import { globalFlags } from "../../packages/plugin-kit/src/settings/global-flags.js";
import { block, code, GENERATED, paragraphs, table } from "./markdown.ts";
import type { ArgSource, CommandSource, FlagSource } from "./sources.ts";

/** The page of all commands, in alphabetical order. */
export function commandsPage(commands: ReadonlyMap<string, CommandSource>): string {
  const shown = [...commands].filter(([, { hidden }]) => hidden !== true);
  return (
    paragraphs(
      GENERATED,
      "# Commands",
      "Every command prints its result on standard output, and progress and errors on standard error. " +
        "See [JSON output](json-output.md) for what `--json` prints and [errors](errors.md) for the exit codes.",
      table(
        ["Command", "What it does"],
        shown.map(([name, { summary = "" }]) => [`[k3d ${name}](#${anchor(name)})`, summary]),
      ),
      "## Flags of all commands",
      flagTable(globalFlags as unknown as Record<string, FlagSource>),
      ...shown.map(([name, command]) => section(name, command)),
    ).trimEnd() + "\n"
  );
}

function section(name: string, command: CommandSource): string {
  const { summary = "", description, aliases = [], args = {}, flags = {}, examples = [] } = command;
  const groups = grouped(flags);
  return paragraphs(
    `## k3d ${name}`,
    `${summary}.`,
    block("text", usage(name, args)),
    aliases.length === 0
      ? undefined
      : `Also: ${aliases.map((alias) => code(`k3d ${alias.replaceAll(":", " ")}`)).join(", ")}`,
    description === undefined ? undefined : fill(description),
    Object.keys(args).length === 0 ? undefined : argTable(args),
    ...groups.flatMap(([group, members]) => [
      group === "" ? undefined : `**${sentenceCase(group)}**`,
      flagTable(members),
    ]),
    examples.length === 0 ? undefined : block("sh", examples.map(example).join("\n")),
  ).trimEnd();
}

function usage(name: string, args: Record<string, ArgSource>): string {
  const words = Object.entries(args).map(([arg, { required, multiple }]) => {
    const word = `${arg.toUpperCase()}${multiple ? "..." : ""}`;
    return required ? word : `[${word}]`;
  });
  return ["k3d", name, ...words, "[FLAGS]"].join(" ");
}

function argTable(args: Record<string, ArgSource>): string {
  return table(
    ["Argument", "Meaning"],
    Object.entries(args).map(([name, { description = "", options, default: value }]) => [
      code(name.toUpperCase()),
      [description, ...choices(options), ...fallback(value)].join(". "),
    ]),
  );
}

function flagTable(flags: Record<string, FlagSource>): string {
  return table(
    ["Flag", "Meaning"],
    Object.entries(flags)
      .filter(([, { hidden }]) => hidden !== true)
      .map(([name, flag]) => [code(label(name, flag)), meaning(flag)]),
  );
}

function label(
  name: string,
  { type, char, helpLabel, helpValue, allowNo, multiple }: FlagSource,
): string {
  if (helpLabel !== undefined) return helpLabel.trim();
  const long = `--${allowNo ? "[no-]" : ""}${name}`;
  const value = type === "boolean" ? "" : ` ${helpValue ?? name.toUpperCase()}`;
  return `${char === undefined ? "" : `-${char}, `}${long}${value}${multiple ? " ..." : ""}`;
}

function meaning({ summary = "", options, aliases = [], default: value }: FlagSource): string {
  const also =
    aliases.length === 0 ? [] : [`Also ${aliases.map((alias) => code(`--${alias}`)).join(", ")}`];
  return [escapeHtml(summary), ...choices(options), ...fallback(value), ...also].join(". ");
}

const choices = (options: readonly string[] | undefined): string[] =>
  options === undefined ? [] : [`One of ${options.map(code).join(", ")}`];

const fallback = (value: unknown): string[] =>
  ["string", "number"].includes(typeof value) ? [`Default: ${code(String(value))}`] : [];

/** Flags by the group they are in, those without one first. */
function grouped(flags: Record<string, FlagSource>): [string, Record<string, FlagSource>][] {
  const groups = new Map<string, Record<string, FlagSource>>();
  for (const [name, flag] of Object.entries(flags)) {
    const group = flag.helpGroup ?? "";
    groups.set(group, { ...groups.get(group), [name]: flag });
  }
  return [...groups].toSorted(([one], [other]) => Number(one !== "") - Number(other !== ""));
}

function example(entry: string | { description?: string; command: string }): string {
  if (typeof entry === "string") return fill(entry);
  const { description, command } = entry;
  return [...(description === undefined ? [] : [`# ${description}`]), fill(command)].join("\n");
}

const fill = (text: string): string => text.replaceAll("<%= config.bin %>", "k3d");
const escapeHtml = (text: string): string => text.replaceAll("<", "&lt;");
const anchor = (name: string): string => `k3d-${name.replaceAll(" ", "-")}`;
const sentenceCase = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
