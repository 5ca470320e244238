import { systemClock, type Clock } from "@k3d/core";
import { K3dCommand, listFlags, loadPainter, watch } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

/** Flags of lists over all runtimes that can be watched. */
export const watchedListFlags = {
  ...listFlags,
  watch: Flags.boolean({
    char: "w",
    summary: "Keep showing what changes, until Ctrl-C",
  }),
  "all-runtimes": Flags.boolean({
    char: "A",
    summary: "Ask every runtime that answers, even if K3D_RUNTIME names one",
    exclusive: ["runtime"],
  }),
};

/** A list that can be watched. */
export abstract class ListCommand<Item extends { name: string }> extends K3dCommand<Item[]> {
  /** The table of the items. */
  protected abstract table(items: Item[], options: { headers: boolean; wide: boolean }): string;

  /** By which a watch pauses. */
  protected readonly clock: Clock = systemClock;

  #headers = true;

  /** Whether all runtimes are asked: unless one is named. */
  protected everywhere(flags: { "all-runtimes": boolean; runtime: string | undefined }): boolean {
    return flags["all-runtimes"] || !(flags.runtime || process.env.K3D_RUNTIME);
  }

  /** Columns of the terminal that the table is printed on. */
  protected get width(): number | undefined {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  }

  /** Whether `-o json` or `-o yaml` is asked for. */
  protected get detailed(): boolean {
    return this.format === "json" || this.format === "yaml";
  }

  /** The items once, or with `--watch` until Ctrl-C. */
  protected async show(
    look: () => Promise<Item[]>,
    flags: { watch: boolean; "no-headers": boolean },
  ): Promise<Item[]> {
    this.#headers = !flags["no-headers"];
    if (!flags.watch) return look();
    this.endsByInterrupt = true;
    this.printsItself = true;
    const { stdout } = process;
    const repaints = stdout.isTTY && (this.format === "text" || this.format === "wide");
    await watch({
      look: () => this.#lookAgain(look),
      print: (items, before) => this.#news(items, before),
      stream: stdout,
      painter: repaints ? await loadPainter(stdout) : undefined,
      clock: this.clock,
      signal: this.signal,
    });
    return [];
  }

  #last: Item[] = [];
  #failed = false;

  /** An engine that is restarted is there again soon: what it had stays on the screen. */
  async #lookAgain(look: () => Promise<Item[]>): Promise<Item[]> {
    try {
      this.#last = await look();
      this.#failed = false;
    } catch (error) {
      if (this.signal.aborted) throw error;
      if (!this.#failed) await this.tell("warn", (error as Error).message);
      this.#failed = true;
    }
    return this.#last;
  }

  /** All at first, then what is new: rows or names that changed, or the whole document. */
  async #news(items: Item[], before: Item[] | undefined): Promise<string> {
    const { format } = this;
    if (format === "json" || format === "yaml") {
      const value = JSON.stringify(await this.toJson(items));
      if (before !== undefined && value === JSON.stringify(await this.toJson(before))) return "";
      if (format === "json") return value;
      const { stringify } = await import("yaml");
      return `---\n${stringify(JSON.parse(value), { version: "1.1" }).trimEnd()}`;
    }
    const old = new Map(before?.map((item) => [item.name, fingerprint(item)]));
    const changed = items.map((item) => old.get(item.name) !== fingerprint(item));
    const gone = [...old.keys()].filter((name) => !items.some((item) => item.name === name));
    const lines =
      format === "name"
        ? this.names(items)
        : this.table(items, { headers: false, wide: format === "wide" }).split("\n");
    const news = lines.filter((_line, index) => changed[index] === true);
    if (before !== undefined)
      return [...news, ...gone.map((name) => `${name}   deleted`)].join("\n");
    return format === "name" ? news.join("\n") : (this.render(items, format) ?? "");
  }

  protected override render(items: Item[], format: "text" | "wide"): string | undefined {
    return this.table(items, { headers: this.#headers, wide: format === "wide" }) || undefined;
  }
}

const fingerprint = (item: unknown): string => JSON.stringify(item);
