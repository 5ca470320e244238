import { formatBytes, K3dError } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { selection, selectionFlags } from "../flags/selection.js";
import { pruneJson, type PruneJson, type PruneResult } from "../views/json.js";
import { itemTable, skipText, totals } from "../views/report.js";

/** Somebody came to use it in the meantime, or removed it: that is no failure. */
const IN_USE: readonly string[] = ["NOT_FOUND", "NETWORK_IN_USE", "VOLUME_IN_USE"];

export default class Prune extends K3dCommand<PruneResult> {
  static override summary = "Remove what k3d left and nothing uses";
  static override description = `Find what killed commands and removed clusters left on the container engine and in kubeconfigs, show it with its size, and remove it.

Only what carries k3d's labels is touched; clusters that are whole, running or stopped, never are, unless --expired asks for those whose --ttl is over. On a terminal you are asked first; elsewhere --force is needed.`;
  static override examples = [
    { description: "See what there is", command: "<%= config.bin %> prune --dry-run" },
    "<%= config.bin %> prune --volumes --networks",
    {
      description: "Delete clusters whose time to live is over, e.g. from cron",
      command: "<%= config.bin %> prune --expired --force",
    },
    "<%= config.bin %> prune --all --force --filter until=24h",
  ];
  static override flags = {
    ...selectionFlags,
    "dry-run": Flags.boolean({ summary: "Show what would be removed, and remove nothing" }),
    force: Flags.boolean({ char: "f", summary: "Do not ask" }),
  };

  override async run(): Promise<PruneResult> {
    const result = await super.run();
    const failed = result.failed.filter(({ code }) => !IN_USE.includes(code));
    const [first] = failed;
    if (first === undefined) return result;
    throw new K3dError(
      "RUNTIME_ERROR",
      `${failed.length} of ${result.items.length} could not be removed: ${first.message}`,
      {
        details: {
          failed: failed.map(({ item, code, message }) => ({
            kind: item.kind,
            name: item.name,
            code,
            message,
          })),
        },
      },
    );
  }

  protected override async execute(): Promise<PruneResult> {
    const { flags } = await this.parse(Prune);
    const chosen = selection(flags);
    const { PruneService } = await import("../operations/prune-service.js");
    const prune = new PruneService(await this.services());
    const { signal } = this;
    const findings = await prune.find(chosen, { signal });
    const { items } = findings;
    for (const skip of findings.skipped)
      await this.tell(skip.kind === "cluster" ? "info" : "debug", skipText(skip));
    const nothing: PruneResult = {
      ...findings,
      dryRun: flags["dry-run"],
      removed: [],
      failed: [],
      reclaimed: 0,
    };
    if (flags["dry-run"] || items.length === 0) return nothing;
    if (!flags.force && !(await this.confirmed(nothing))) return nothing;
    const outcome = await prune.remove(items, chosen, { signal });
    for (const { message } of outcome.failed) await this.tell("warn", message);
    return { ...findings, ...outcome, dryRun: false };
  }

  protected override render({ dryRun, items, removed, reclaimed }: PruneResult): string {
    if (items.length === 0) return "There is nothing to remove";
    if (dryRun) return itemTable(items);
    if (removed.length === 0) return "Nothing was removed";
    return `Removed ${totals(removed)}${reclaimed > 0 ? `; ${formatBytes(reclaimed)} are free again` : ""}`;
  }

  protected override toJson(result: PruneResult): PruneJson {
    return pruneJson(result);
  }

  private async confirmed({ items }: PruneResult): Promise<boolean> {
    if (!this.interactive) {
      throw new K3dError(
        "INVALID_INPUT",
        `Removing ${totals(items)} needs a confirmation, and there is no terminal to ask on`,
        {
          hint: "Look with --dry-run, remove with --force.",
        },
      );
    }
    return this.confirm(`${itemTable(items)}\n\nRemove all of this?`);
  }
}
