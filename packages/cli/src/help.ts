import type { Command } from "@oclif/core/command";
import type { Config } from "@oclif/core/config";
import { CommandHelp, Help } from "@oclif/core/help";
import type { HelpOptions } from "@oclif/core/interfaces";

/** Longer lines are hard to read, however wide the terminal. */
const MAX_WIDTH = 100;

const EXAMPLES = [
  "k3d cluster create demo --agents 2 -p 8080:80@loadbalancer",
  "kubectl get nodes",
  "k3d cluster list",
  "k3d cluster delete demo",
];

type Flag = Command.Flag.Any;

/** A command's help: a usage line that fits, nothing said twice, global flags last. */
class K3dCommandHelp extends CommandHelp {
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
