import type { K3dServices } from "@k3d/core";
import { Command } from "@oclif/core/command";
import type { Input, ParserOutput } from "@oclif/core/interfaces";
import { goFlags, unprotect, type FlagShapes } from "../argv/go-flags.js";
import { connect, type WantedObjects } from "../connect/connect.js";
import { fromOclif, isExit } from "../errors/from-oclif.js";
import { serialize, type OutputFormat } from "../output/serialize.js";
import { createProgress } from "../progress/create.js";
import type { ProgressRenderer } from "../progress/renderer.js";
import { watchInterrupts, type Interrupt } from "../signals/interrupt.js";
import { globalFlags } from "./global-flags.js";
import { resolveSettings, type GlobalFlagValues } from "./settings.js";

/** How {@link K3dCommand.services} connects. */
export interface ServiceOptions {
  /** The runtime that a config file names; `--runtime` wins over it, and it over `K3D_RUNTIME`. */
  configuredRuntime?: string | undefined;
  /** What the command works on: where no runtime is named, the one that has it is used. */
  wanted?: WantedObjects | undefined;
}

/**
 * Base of every k3d command, also of those in plug-ins.
 *
 * A command parses, calls core and returns a typed result from {@link execute}; {@link render} turns
 * the result into text for people. Printing (also as JSON and YAML), progress, errors, signals and
 * the connection to the container runtime are dealt with here.
 */
export abstract class K3dCommand<Result = unknown> extends Command {
  static override baseFlags = globalFlags;

  #format: OutputFormat = "text";
  #globals: GlobalFlagValues = {};
  #progress: ProgressRenderer | undefined;
  #interrupt: Interrupt | undefined;
  #services: K3dServices | undefined;

  /** Whether an interrupt takes back what was made so far; set by commands that do, to say so. */
  protected undoesWhenInterrupted = false;

  /** The work of the command; calls `this.parse(…)` first. */
  protected abstract execute(): Promise<Result>;

  /** The result as text for people, without a final line break; `undefined` prints nothing. */
  protected render(_result: Result, _format: "text" | "wide"): string | undefined {
    return undefined;
  }

  /** What `--json` and `-o json|yaml` print, or a promise of it. Default: the result as it is. */
  protected toJson(result: Result): unknown {
    return result;
  }

  override async run(): Promise<Result> {
    const result = await this.execute();
    this.#progress?.close();
    await this.#print(result);
    return result;
  }

  /** Where progress and messages go. Usable after `parse`. */
  protected async progress(): Promise<ProgressRenderer> {
    if (this.#progress !== undefined) return this.#progress;
    const settings = resolveSettings(this.#globals, process.env);
    const progress = await createProgress(settings, process.stderr, process.env);
    if (settings.warning !== undefined) progress.log("warn", settings.warning);
    return (this.#progress = progress);
  }

  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the second one ends the process. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= watchInterrupts({
      onInterrupt: (name) => {
        const again = name === "SIGINT" ? "; press Ctrl-C again to quit at once" : "";
        const stopping = this.undoesWhenInterrupted
          ? "Stopping, and undoing what was made"
          : "Stopping";
        this.#progress?.log("warn", `${stopping}${again}`);
      },
      exit: (code) => {
        this.#progress?.close();
        // oxlint-disable-next-line unicorn/no-process-exit -- the user asked twice
        process.exit(code);
      },
    });
    return this.#interrupt.signal;
  }

  /**
   * Connects to the container runtime, once.
   *
   * @throws K3dError `RUNTIME_UNAVAILABLE`, and `INVALID_INPUT` for an unknown runtime
   */
  protected async services({
    configuredRuntime,
    wanted,
  }: ServiceOptions = {}): Promise<K3dServices> {
    const { signal } = this;
    const events = await this.progress();
    this.#services ??= await connect(this.config, {
      runtime: this.#globals.runtime,
      configuredRuntime,
      wanted,
      events,
      signal,
    });
    return this.#services;
  }

  /** Tells people something besides the result, on standard error. */
  protected async tell(level: "info" | "warn" | "debug", message: string): Promise<void> {
    (await this.progress()).log(level, message);
  }

  /** Whether there is somebody to ask. */
  protected get interactive(): boolean {
    return process.stdin.isTTY && process.stderr.isTTY;
  }

  /** Asks on standard error; anything but yes means no. */
  protected async confirm(question: string): Promise<boolean> {
    const { confirm } = await import("../prompt/confirm.js");
    return confirm(question, { input: process.stdin, output: process.stderr, signal: this.signal });
  }

  /**
   * The format that `--output` asks for; `undefined` where the flag has another meaning, as a file
   * has. Commands whose `--output` means more than a format override it.
   */
  protected formatOf(output: unknown): OutputFormat | undefined {
    const { output: flag } = (this.ctor as { flags?: Record<string, FlagDefinition> }).flags ?? {};
    const formats = flag?.options ?? [];
    return formats.includes("json") && typeof output === "string"
      ? (output as OutputFormat)
      : undefined;
  }

  /** The output format that the flags ask for. Usable after `parse`. */
  protected get format(): OutputFormat {
    return this.#format;
  }

  protected override async parse<F extends FlagOutput, B extends FlagOutput, A extends FlagOutput>(
    options?: Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<ParserOutput<F, B, A>> {
    const input = (options ?? this.ctor) as Input<F, B, A>;
    const flags = { ...input.baseFlags, ...input.flags } as Record<string, FlagDefinition>;
    const parsed = await super.parse(
      { ...describe(input), flags: unprotected(flags) } as Input<F, B, A>,
      goFlags(argv, flags as unknown as FlagShapes),
    );
    this.#globals = parsed.flags;
    const format = parsed.flags.json === true ? "json" : this.formatOf(parsed.flags.output);
    this.#format = format ?? "text";
    return parsed;
  }

  protected override async catch(error: Error): Promise<never> {
    const words = (this.id ?? "").replaceAll(":", " ");
    throw isExit(error) ? error : fromOclif(error, `${this.config.bin} ${words}`.trimEnd());
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#progress?.close();
    this.#interrupt?.dispose();
    await this.#services?.runtime.close();
    await super.finally(error);
  }

  async #print(result: Result): Promise<void> {
    const format = this.#format;
    const text =
      format === "json" || format === "yaml"
        ? await serialize(await this.toJson(result), format)
        : this.render(result, format);
    if (text !== undefined && text !== "") process.stdout.write(`${text}\n`);
  }
}

/** As oclif has it. */
type FlagOutput = Record<string, unknown>;

/** The part of oclif's flag definitions used here. */
interface FlagDefinition {
  type: "boolean" | "option";
  options?: readonly string[];
  parse?: (input: never, context: never, flag: never) => Promise<unknown>;
}

/**
 * What oclif's parser reads of a command, as a plain object that can be changed. Arguments never
 * come from standard input, which oclif would wait for and take from the script around the command.
 */
function describe<F extends FlagOutput, B extends FlagOutput, A extends FlagOutput>(
  input: Input<F, B, A>,
): object {
  const { args, strict, enableJsonFlag, constraints } = input as Input<F, B, A> & {
    constraints?: unknown;
  };
  const withoutStdin = Object.fromEntries(
    Object.entries(args ?? {}).map(([name, arg]) => [
      name,
      { ...(arg as object), ignoreStdin: true },
    ]),
  );
  return { args: withoutStdin, strict, enableJsonFlag, constraints };
}

/** The flags with parsers that first take away the mark which {@link goFlags} put before a value. */
function unprotected(flags: Record<string, FlagDefinition>): Record<string, FlagDefinition> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const parse = flag.parse as
        | ((input: unknown, ...more: unknown[]) => Promise<unknown>)
        | undefined;
      if (flag.type !== "option" || !parse) return [name, flag];
      const wrapped = (input: unknown, ...more: unknown[]): Promise<unknown> =>
        parse(typeof input === "string" ? unprotect(input) : input, ...more);
      return [name, { ...flag, parse: wrapped }];
    }),
  ) as Record<string, FlagDefinition>;
}
