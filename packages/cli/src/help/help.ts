import { stripVTControlCharacters } from "node:util";
import type { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import { CommandHelp, Help } from "@oclif/core/help";
import type { HelpOptions } from "@oclif/core/interfaces";
import { leftColumn, twoColumns, wrapWords } from "./layout.js";

/** Longer lines are hard to read, however wide the terminal. */
const MAX_WIDTH = 100;

const EXAMPLES = [
  "k3d cluster create demo --agents 2 -p 8080:80@loadbalancer",
  "kubectl get nodes",
  "k3d cluster list",
  "k3d cluster delete demo",
];

type Flag = Command.Flag.Any;
type Rows = [string, string | undefined][];

/** Sections stand two columns to the right. */
const INDENTATION = 2;

/** A command's help: a usage line that fits, nothing said twice, global flags last and all flags in line. */
class K3dCommandHelp extends CommandHelp {
  #flagColumn = 0;

  override generate(): string {
    const all = Object.entries(this.command.flags ?? {}).filter(([, { hidden }]) => !hidden);
    const rows = this.flags(all.map(([name, flag]) => Object.assign(flag, { name }))) ?? [];
    this.#flagColumn = leftColumn(rows, this.opts.maxWidth - INDENTATION);
    return super.generate();
  }

  /** Flags without a short form leave room for one, also where their whole group has none. */
  protected override flags(flags: Flag[]): Rows | undefined {
    const rows = super.flags(flags) as Rows | undefined;
    if (flags.some(({ char }) => char !== undefined)) return rows;
    return rows?.map(([left, right]) => [`    ${left}`, right]);
  }

  override renderList(input: Rows): string {
    const width = this.opts.maxWidth - INDENTATION;
    const areFlags = input.every(([left]) => /^\s*-/.test(stripVTControlCharacters(left)));
    return twoColumns(input, width, areFlags ? this.#flagColumn : leftColumn(input, width));
  }

  override wrap(body: string, spacing = INDENTATION): string {
    return wrapWords(this.render(body), this.opts.maxWidth - spacing);
  }

  protected override defaultUsage(): string {
    const args = Object.values(this.command.args ?? {})
      .filter(({ hidden }) => !hidden)
      .map((arg) => this.arg(arg).replace(/(]?)$/, arg.multiple ? "...$1" : "$1"));
    return [this.command.id, ...args, "[FLAGS]"].join(" ");
  }

  protected override description(): string | undefined {
    const { description, summary } = this.command;
    return description === undefined || description === summary
      ? undefined
      : this.wrap(description);
  }

  protected override groupFlags(flags: Flag[]): {
    mainFlags: Flag[];
    flagGroups: Record<string, Flag[]>;
  } {
    const { mainFlags, flagGroups } = super.groupFlags(flags);
    const { GLOBAL = [], ...groups } = flagGroups;
    return { mainFlags, flagGroups: { ...groups, GLOBAL } };
  }
}

/** k3d's help, on oclif's. */
export class K3dHelp extends Help {
  protected override CommandHelpClass = K3dCommandHelp;

  constructor(config: Config, options: Partial<HelpOptions> = {}) {
    const width = process.stdout.columns ?? 80;
    super(config, { flagSortOrder: "none", maxWidth: Math.min(MAX_WIDTH, width), ...options });
  }

  /** Also of executables `k3d-NAME`, and of commands of k3d v1 by what they are today. */
  override async showHelp(argv: string[]): Promise<void> {
    const args = argv[0] === "help" ? argv.slice(1) : argv;
    const flag = args.findIndex((arg) => arg.startsWith("-"));
    const [first, ...rest] = flag < 0 ? args : args.slice(0, flag);
    const words = [...(first?.split(":") ?? []), ...rest];
    const config = this.config as Config;
    const id = words.join(":");
    const isKnown =
      words.length === 0 ||
      config.findTopic(id) !== undefined ||
      words.some((_, at) => config.findCommand(words.slice(0, at + 1).join(":")) !== undefined);
    if (isKnown) return super.showHelp(argv);
    const { runUnknownCommand } = await import("../hooks/unknown-command.js");
    await runUnknownCommand({
      id,
      words,
      argv: flag < 0 ? ["--help"] : args.slice(flag),
      config,
      showHelp: (command) => super.showHelp(command),
    });
  }

  override renderList(input: Rows): string {
    const width = this.opts.maxWidth - INDENTATION;
    return twoColumns(input, width, leftColumn(input, width));
  }

  override wrap(body: string, spacing = INDENTATION): string {
    return wrapWords(this.render(body), this.opts.maxWidth - spacing);
  }

  override formatRoot(): string {
    const { bin, pjson } = this.config;
    return [
      pjson.description ?? "",
      "",
      this.section("USAGE", `$ ${bin} COMMAND [FLAGS]`),
      "",
      this.section("EXAMPLES", EXAMPLES.map((line) => `$ ${line}`).join("\n")),
    ].join("\n");
  }
}
