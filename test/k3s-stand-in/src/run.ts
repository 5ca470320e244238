import { readConfigFile } from "./cli/config-file.ts";
import { commandHelp } from "./cli/help.ts";
import { agentFlags, serverFlags } from "./cli/flags.ts";
import { Options, resolveOptions, tokenize, UsageError } from "./cli/parse.ts";
import { runAgent, runEmbeddedAgent } from "./agent/boot.ts";
import type { Stop } from "./agent/join.ts";
import { FatalError, messageOf } from "./errors.ts";
import type { Knobs } from "./knobs.ts";
import { enableDebug, log } from "./log.ts";
import { Paths } from "./paths.ts";
import { countBoot, writeReport } from "./report.ts";
import { nodeConfig, serverConfig } from "./server/config.ts";

/** A stop request that wakes every sleeper. */
class StopSignal implements Stop {
  #stopped = false;
  readonly #wakers = new Set<() => void>();

  get stopped(): boolean {
    return this.#stopped;
  }

  request(): void {
    this.#stopped = true;
    for (const wake of this.#wakers) wake();
  }

  sleep(ms: number): Promise<void> {
    if (this.#stopped || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }
}

async function parse(command: "server" | "agent", args: string[], knobs: Knobs): Promise<Options> {
  const flags = command === "server" ? serverFlags : agentFlags;
  try {
    const { assignments, rest } = tokenize(flags, args);
    const explicit =
      assignments.find(({ flag }) => flag.names[0] === "config")?.text ??
      process.env["K3S_CONFIG_FILE"];
    const fromFile = await readConfigFile(
      new Paths(knobs.root).at(explicit || "/etc/rancher/k3s/config.yaml"),
      flags,
    );
    const options = resolveOptions(flags, process.env, fromFile, assignments);
    options.rest = rest;
    return options;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    if (error.message === "help requested") {
      process.stdout.write(commandHelp(command, flags));
      process.exit(0);
    }
    process.stdout.write(`Incorrect Usage: ${error.message}\n\n${commandHelp(command, flags)}`);
    throw new FatalError(error.message);
  }
}

/** Runs `k3s server` or `k3s agent` until it is told to stop or fails. */
export async function run(
  command: "server" | "agent",
  args: string[],
  knobs: Knobs,
): Promise<void> {
  process.title = `k3s ${command}`;
  const fatal = (error: unknown): never => {
    log.fatal(error instanceof FatalError ? error.message : `Error: ${messageOf(error)}`);
    if (!(error instanceof FatalError) && error instanceof Error) log.debug(error.stack ?? "");
    process.exit(error instanceof FatalError ? error.exitCode : 1);
  };
  process.on("unhandledRejection", fatal);
  process.on("uncaughtException", fatal);
  try {
    const options = await parse(command, args, knobs);
    if (options.bool("debug")) enableDebug();
    const argv = [command, ...args];
    const paths = new Paths(knobs.root, options.string("data-dir"));
    writeReport(paths, argv, process.env);
    const boot = countBoot(paths);
    if (knobs.failExitCode !== undefined && boot <= knobs.failBoots)
      throw new FatalError(knobs.failMessage, knobs.failExitCode);
    await (command === "server" ? serve(options, knobs, argv) : work(options, knobs, argv));
  } catch (error) {
    fatal(error);
  }
}

function stopOnSignals(stop: StopSignal, close: () => Promise<void>): void {
  const end = (): void => {
    stop.request();
    void close().finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}

async function work(options: Options, knobs: Knobs, argv: string[]): Promise<void> {
  const stop = new StopSignal();
  stopOnSignals(stop, () => Promise.resolve());
  await runAgent({
    config: nodeConfig(options, knobs),
    roles: { server: false },
    argv,
    env: process.env,
    stop,
  });
}

async function serve(options: Options, knobs: Knobs, argv: string[]): Promise<void> {
  const { startServer } = await import("./server/boot.ts");
  const stop = new StopSignal();
  let close = (): Promise<void> => Promise.resolve();
  stopOnSignals(stop, () => close());
  const config = serverConfig(options, knobs);
  const server = await startServer(config);
  if (!server) process.exit(0);
  close = server.close;
  const tasks = [server.ready];
  if (!options.bool("disable-agent")) {
    const etcd = server.etcd && { name: server.etcd.name, address: config.nodeIps[0] as string };
    const roles = { server: true, ...(etcd ? { etcd } : {}) };
    tasks.push(
      runEmbeddedAgent(
        { config, roles, argv, env: process.env, stop },
        server.loopback,
        server.ready,
      ),
    );
  }
  await Promise.all(tasks);
}
