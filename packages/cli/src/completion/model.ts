import { argumentSources, flagSources, type Source } from "./sources.js";

/** What a word can be completed with. */
export interface CompletionValues {
  /** Fixed words. */
  values: readonly string[];
  /** What else. */
  sources: readonly Source[];
}

export interface CompletionFlag extends CompletionValues {
  name: string;
  char?: string;
  summary: string;
  takesValue: boolean;
}

/** One argument of a command. */
export interface CompletionArgument extends CompletionValues {
  name: string;
  /** It stands for all that follow. */
  repeats: boolean;
}

export interface CompletionWord {
  word: string;
  summary: string;
}

/** One command or topic. */
export interface CompletionNode {
  /** Its words, joined by a blank; empty for the root. */
  path: string;
  subcommands: CompletionWord[];
  flags: CompletionFlag[];
  args: CompletionArgument[];
}

/** The parts of oclif's cached commands that are read here; the manifest has them all. */
export interface CommandSource {
  id: string;
  summary?: string | undefined;
  description?: string | undefined;
  hidden?: boolean | undefined;
  aliases?: readonly string[] | undefined;
  flags?: Record<string, FlagSource> | undefined;
  args?:
    | Record<string, { options?: readonly string[]; hidden?: boolean; multiple?: boolean }>
    | undefined;
}

interface FlagSource {
  type: "boolean" | "option";
  char?: string;
  summary?: string;
  description?: string;
  hidden?: boolean;
  options?: readonly string[];
  helpValue?: string | string[];
  allowNo?: boolean;
}

export interface TopicSource {
  name: string;
  description?: string | undefined;
}

/** All commands, also under their aliases, and topics as a list of nodes, the root first. */
export function completionNodes(
  commands: readonly CommandSource[],
  topics: readonly TopicSource[],
): CompletionNode[] {
  const nodes = new Map<string, CompletionNode>();
  const summaries = new Map<string, string>();
  for (const { name, description } of topics) summaries.set(words(name), firstLine(description));
  const visible = commands.filter(({ hidden }) => !hidden);
  for (const command of visible) {
    for (const id of [command.id, ...(command.aliases ?? [])]) {
      const path = words(id);
      nodes.set(path, commandNode(path, command));
      summaries.set(path, firstLine(command.summary ?? command.description));
    }
  }
  for (const path of Array.from(nodes.keys())) {
    for (let parent = parentOf(path); ; parent = parentOf(parent)) {
      nodes.set(parent, nodes.get(parent) ?? emptyNode(parent));
      if (parent === "") break;
    }
  }
  for (const path of nodes.keys()) {
    if (path === "") continue;
    const word = path.slice(path.lastIndexOf(" ") + 1);
    nodes.get(parentOf(path))?.subcommands.push({ word, summary: summaries.get(path) ?? "" });
  }
  const sorted = [...nodes.values()].toSorted((a, b) => compare(a.path, b.path));
  for (const node of sorted) node.subcommands.sort((a, b) => compare(a.word, b.word));
  return sorted;
}

function commandNode(path: string, { id, flags = {}, args = {} }: CommandSource): CompletionNode {
  return {
    ...emptyNode(path),
    flags: [
      ...Object.entries(flags)
        .filter(([, { hidden }]) => !hidden)
        .flatMap(([name, flag]) => completionFlags(name, flag)),
      {
        name: "help",
        char: "h",
        summary: "Show help",
        takesValue: false,
        values: [],
        sources: [],
      },
    ],
    args: Object.entries(args)
      .filter(([, { hidden }]) => !hidden)
      .map(([name, { options = [], multiple = false }]) => ({
        name,
        repeats: multiple,
        values: options,
        sources: options.length > 0 ? [] : argumentSources(id, name),
      })),
  };
}

function completionFlags(name: string, flag: FlagSource): CompletionFlag[] {
  const summary = firstLine(flag.summary ?? flag.description);
  const { helpValue, options: values = [], type } = flag;
  const meta = typeof helpValue === "string" ? helpValue : helpValue?.join("|");
  const main: CompletionFlag = {
    name,
    char: flag.char,
    summary,
    takesValue: type === "option",
    values,
    sources: type === "option" && values.length === 0 ? flagSources(name, meta) : [],
  };
  if (!flag.allowNo || name.startsWith("no-")) return [main];
  return [
    main,
    {
      name: `no-${name}`,
      summary: `Not: ${summary}`,
      takesValue: false,
      values: [],
      sources: [],
    },
  ];
}

function emptyNode(path: string): CompletionNode {
  return { path, subcommands: [], flags: [], args: [] };
}

function words(id: string): string {
  return id.replaceAll(":", " ");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf(" ")));
}

function firstLine(text: string | undefined): string {
  return text?.split("\n", 1)[0] ?? "";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
