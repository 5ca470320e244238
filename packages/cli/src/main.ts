import type { HookPackage } from "./plugins/hooks.js";
import type { ConnectOptions } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import type { HelpOptions } from "@oclif/core/interfaces";
import { loadOwnCodeBy } from "./loading/own-code.js";
import { versionText } from "./version.js";

/** What the executable does for the program. */
export interface Launcher {
  /** Loads a module of the bundle by its path; `undefined` for another one. */
  load: (path: string) => unknown;
  /** Called before anything large is loaded; tells the user's own directory for caches. */
  prepare: () => string | undefined;
}

/** Answers a bare question for the version, before anything else is loaded. */
export function printVersion(argv: string[]): void {
  process.stdout.on("error", (error) => {
    void import("./run-oclif.js").then(({ endWith }) => endWith(error, argv));
  });
  process.stdout.write(`${versionText()}\n`);
}

/**
 * Runs the command line.
 *
 * @param argv arguments after the program name
 * @param bin path of the executable; oclif finds the package and its manifest from it
 */
export async function main(argv: string[], bin: string, launcher: Launcher): Promise<void> {
  exitOnSignals();
  loadOwnCodeBy(launcher.load);
  cacheDir = launcher.prepare();
  const { runOclif } = await import("./run-oclif.js");
  await runOclif(argv, bin, cacheDir);
}

let cacheDir: string | undefined;

/** What shells report for a process that the signal ended. */
const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Ends the process at a signal as long as no command watches for signals: until then nothing was
 * begun that had to be undone.
 */
function exitOnSignals(): void {
  for (const [name, code] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.on(name, () => {
      // oxlint-disable-next-line unicorn/no-process-exit -- what the signal asks for
      if (process.listenerCount(name) === 1) process.exit(code);
    });
  }
}

/** oclif hook `k3d:connect`: hands connected services to commands. */
export async function connect(options: ConnectOptions & { config: Config }): Promise<unknown> {
  const { connectServices } = await import("./composition/connect.js");
  return connectServices({
    ...options,
    cacheDir,
    async lifecycle(events) {
      const { lifecycleOf } = await import("./plugins/hooks.js");
      return lifecycleOf(options.config.plugins.values() as Iterable<HookPackage>, events);
    },
  });
}

/** oclif hook `command_not_found`: runs `k3d-NAME` from PATH, else names the nearest command. */
export async function commandNotFound(options: {
  id: string;
  argv?: string[];
  config: Config;
}): Promise<unknown> {
  const { runUnknownCommand } = await import("./hooks/unknown-command.js");
  const { globalFlagsLast } = await import("@k3d/plugin-kit");
  const written = globalFlagsLast(process.argv.slice(2));
  const words = written.slice(0, written.length - (options.argv?.length ?? 0));
  return runUnknownCommand({ ...options, words });
}

/** oclif's help class: loads the real one when help is asked for. */
export class Help {
  readonly #config: Config;
  readonly #options: Partial<HelpOptions> | undefined;

  constructor(config: Config, options?: Partial<HelpOptions>) {
    this.#config = config;
    this.#options = options;
  }

  async showHelp(argv: string[]): Promise<void> {
    const { K3dHelp } = await import("./help/help.js");
    await new K3dHelp(this.#config, this.#options).showHelp(argv);
  }
}
