import { type K3dEvent, type K3dServices } from "@k3d/core";
import { Command } from "@oclif/core/command";
import type { Input, ParserOutput } from "@oclif/core/interfaces";
import { goFlags, unprotect, type FlagShapes } from "../argv/go-flags.js";
import {
  connect,
  type HelperImages,
  type MachineEndpoint,
  type WantedObjects,
} from "../connect/connect.js";
import { fromOclif, isExit } from "../errors/from-oclif.js";
import { printable } from "../output/printable.js";
import { serialize, type OutputFormat } from "../output/serialize.js";
import { writeResult } from "../output/write-result.js";
import { createProgress } from "../progress/create.js";
import type { ProgressRenderer } from "../progress/renderer.js";
import { interruptExitCode, watchInterrupts, type Interrupt } from "../signals/interrupt.js";
import { globalFlags } from "../settings/global-flags.js";
import type { Timings } from "../timings/timings.js";
import { namedEngine, resolveSettings, type GlobalFlagValues } from "../settings/settings.js";

/** How long an interrupted command goes on while nothing happens, in milliseconds: an engine may be slow to undo. */
const SILENCE_LIMIT_MS = 30_000;

/** How {@link K3dCommand.services} connects. */
export interface ServiceOptions {
  /** The runtime that a config file names; `--runtime` wins over it, and it over `K3D_RUNTIME`. */
  configuredRuntime?: string | undefined;
  /** What the command works on: where no runtime is named, the one that has it is used. */
  wanted?: WantedObjects | undefined;
  /** The machines that the command's cluster is or shall be on. Default: those of a cluster among `wanted`. */
  machines?: readonly MachineEndpoint[] | undefined;
  /** Images of load balancer and registry; they win over the environment's. */
  helperImages?: HelperImages | undefined;
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
  #timings: Timings | undefined;

  /** Whether an interrupt takes back what was made so far; set by commands that do, to say so. */
  protected undoesWhenInterrupted = false;

  /** Whether an interrupt is how the command is meant to end: nothing is told of it then. */
  protected endsByInterrupt = false;

  /** Takes core's events instead of the progress on standard error; for a command that has the whole screen. */
  protected listener: ((event: K3dEvent) => void) | undefined;

  /** Whether the command has printed by itself what it came to: nothing is printed in the end. */
  protected printsItself = false;

  /**
   * What may be left when the command is ended without having undone what it did, and the command
   * that settles it, for people; `undefined` where nothing can be. Asked at an interrupt.
   */
  protected leftovers(): string | undefined {
    return this.undoesWhenInterrupted
      ? `a part of what was made may be left, remove it with: ${this.config.bin} prune --all`
      : undefined;
  }

  /** {@link leftovers} of a command that replaces nodes. */
  protected halfReplaced(cluster = "CLUSTER"): string | undefined {
    return this.undoesWhenInterrupted
      ? `a node may be half replaced, put it right with: ${this.config.bin} cluster start ${cluster}`
      : undefined;
  }

  /** The work of the command; calls `this.parse(…)` first. */
  protected abstract execute(): Promise<Result>;

  /** The result as text for people, without a final line break; `undefined` prints nothing. */
  protected render(_result: Result, _format: "text" | "wide"): string | undefined {
    return undefined;
  }

  /** What `-o name` prints, one a line. Default: the names of a list's items. */
  protected names(result: Result): string[] {
    if (!Array.isArray(result)) return [];
    return result.flatMap(({ name }: { name?: unknown }) => (typeof name === "string" ? name : []));
  }

  /** What `--json` and `-o json|yaml` print, or a promise of it. Default: the result as it is. */
  protected toJson(result: Result): unknown {
    return result;
  }

  override async run(): Promise<Result> {
    try {
      const result = await this.execute();
      this.#progress?.close();
      if (!this.#isEnded && !this.printsItself) await this.#print(result);
      return result;
    } catch (error) {
      if (!this.#isEnded) throw error;
      return undefined as Result;
    } finally {
      if (this.#isEnded) process.exitCode = interruptExitCode(this.#interrupt?.signal.reason);
    }
  }

  /** Whether an interrupt ended the command as it was meant to end. */
  get #isEnded(): boolean {
    return this.endsByInterrupt && this.#interrupt?.signal.aborted === true;
  }

  /** Where progress and messages go. Usable after `parse`. */
  protected async progress(): Promise<ProgressRenderer> {
    if (this.#progress !== undefined) return this.#progress;
    const settings = resolveSettings(this.#globals, process.env);
    const progress = await createProgress(settings, process.stderr, process.env);
    if (settings.warning !== undefined) progress.log("warn", settings.warning);
    const timings = this.#timings;
    if (timings !== undefined) {
      const { emit } = progress;
      progress.emit = (event) => {
        timings.emit(event);
        emit(event);
      };
    }
    return (this.#progress = progress);
  }

  /** @throws K3dError `INVALID_INPUT` when the file for them cannot be written */
  async #startTimings(): Promise<void> {
    const { timings: print = false, "timings-file": file } = this.#globals;
    if (!print && file === undefined) return;
    const { checkTimingsFile, Timings } = await import("../timings/timings.js");
    if (file !== undefined) await checkTimingsFile(file);
    const words = `${this.config.bin} ${(this.id ?? "").replaceAll(":", " ")}`.trimEnd();
    const now = (): number => process.uptime() * 1000;
    this.#timings = new Timings({ print, file, command: words, now });
  }

  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the second one ends the process. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= watchInterrupts({
      onInterrupt: (name) => {
        if (this.endsByInterrupt) return;
        const again = name === "SIGINT" ? "; press Ctrl-C again to quit at once" : "";
        const stopping = this.undoesWhenInterrupted
          ? "Stopping, and undoing what was made"
          : "Stopping";
        this.#progress?.log("warn", `${stopping}${again}`);
      },
      graceMs: SILENCE_LIMIT_MS,
      onGiveUp: (why) => {
        const reason =
          why === "again"
            ? "Quitting at once"
            : `Giving up: nothing has happened for ${SILENCE_LIMIT_MS / 1000} s since the interrupt`;
        const left = this.leftovers();
        this.#progress?.log("warn", left === undefined ? reason : `${reason}; ${left}`);
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
    machines,
    helperImages,
  }: ServiceOptions = {}): Promise<K3dServices> {
    const { signal } = this;
    const progress = await this.progress();
    // News of a step shows that the engine still answers.
    const events = {
      emit: (event: K3dEvent): void => {
        this.#interrupt?.stillAlive();
        if (this.listener === undefined) progress.emit(event);
        else this.listener(event);
      },
    };
    this.#services ??= await connect(this.config, {
      runtime: this.#globals.runtime,
      engine: namedEngine(this.#globals),
      configuredRuntime,
      wanted,
      machines,
      helperImages,
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
    return confirm(printable(question), {
      input: process.stdin,
      output: process.stderr,
      signal: this.signal,
    });
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
    await this.#startTimings();
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
    // What went wrong with the work is told rather than what does with its timings.
    const told = this.#timings?.tell(process.stderr, this.#format === "json");
    await (error === undefined ? told : told?.catch(() => {}));
    await super.finally(error);
  }

  async #print(result: Result): Promise<void> {
    const text = await this.#asText(result, this.#format);
    if (text !== "") writeResult(`${text}\n`, process.stdout);
  }

  async #asText(result: Result, format: OutputFormat): Promise<string> {
    if (format === "json" || format === "yaml") return serialize(await this.toJson(result), format);
    if (format === "name") return printable(this.names(result).join("\n"));
    return printable(this.render(result, format) ?? "");
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
