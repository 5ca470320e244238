import {
  isK3dError,
  K3dError,
  makeDirectories,
  notWritten,
  throwIfAborted,
  toK3dError,
} from "@k3d/core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ux } from "@oclif/core";
import type { Config } from "@oclif/core/config";
import { commands } from "@oclif/plugin-plugins";
import { execa } from "execa";
import { DATA_HINT } from "./data-hint.js";
import { installedPlugins } from "./installed.js";
import { withoutExit } from "../loading/while-loading.js";

/** The commands of oclif's plug-in for plug-ins. */
export type PluginsCommand = "install" | "link" | "uninstall" | "update";

/**
 * How npm is to work for k3d, unless the user's environment says otherwise: what k3d lends to
 * plug-ins is not fetched, and nothing is asked of the internet besides packages. A registry that
 * does not answer is asked once more, at once, instead of for minutes.
 */
const NPM_CONFIG = {
  npm_config_audit: "false",
  npm_config_fetch_retries: "1",
  npm_config_fetch_retry_mintimeout: "500",
  npm_config_fund: "false",
  npm_config_legacy_peer_deps: "true",
  npm_config_update_notifier: "false",
  K3D_NPM_LOG_LEVEL: "error",
};

/**
 * Runs a command of oclif's plug-in for plug-ins, which keeps the list and runs npm. What it and npm
 * print is kept for the message of a failure.
 *
 * @throws K3dError `COMMAND_FAILED` with the last lines of npm, `NOT_FOUND` for what no registry has,
 * `REMOTE_UNAVAILABLE` when none answers
 */
export async function runPluginsCommand(
  command: PluginsCommand,
  args: string[],
  config: Config,
  signal: AbortSignal,
): Promise<void> {
  throwIfAborted(signal);
  await makeDirectories(config.dataDir).catch((error: unknown) => {
    throw notWritten(`${config.dataDir} cannot be made`, error, { hint: DATA_HINT });
  });
  for (const [name, value] of Object.entries(NPM_CONFIG)) process.env[name] ??= value;
  const printed: string[] = [];
  const keep = (text?: unknown): void => {
    if (text !== undefined) printed.push(String(text));
  };
  const quiet = { stdout: keep, stderr: keep, warn: keep };
  const before = { stdout: ux.stdout, stderr: ux.stderr, warn: ux.warn };
  const { start, stop } = ux.action;
  Object.assign(ux, quiet);
  Object.assign(ux.action, { start: () => {}, stop: () => {} });
  try {
    await watched(() => commands[`plugins:${command}`].run(args, config), config.dataDir);
    throwIfAborted(signal);
  } catch (error) {
    throwIfAborted(signal);
    throw await asK3dError(error, printed, signal);
  } finally {
    Object.assign(ux, before);
    Object.assign(ux.action, { start, stop });
  }
}

/** So long nothing may happen without npm at work, in milliseconds. */
const IDLE_MS = 15_000;

/** oclif imports the commands of a plug-in without a manifest; they may end the process, or never end. */
async function watched(work: () => Promise<unknown>, dataDir: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let idle = 0;
  const hangs = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      idle = process.getActiveResourcesInfo().includes("ProcessWrap") ? 0 : idle + 1000;
      if (idle < IDLE_MS) return;
      const message = `The plug-in cannot be loaded: its code is not imported within ${IDLE_MS / 1000} s`;
      reject(new K3dError("INVALID_INPUT", message, { hint: "Tell its author" }));
    }, 1000);
  });
  try {
    await Promise.race([withoutExit(dataDir, work), hangs]);
  } finally {
    clearInterval(timer);
  }
}

/** What Node calls it when nothing answers at an address, or nobody knows the address. */
const UNREACHABLE =
  /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;

/** The same in the words of git and ssh, for plug-ins that npm takes from a repository. */
const UNREACHABLE_REPOSITORY =
  /(?:Could not resolve host(?:name)?|Failed to connect to|Connection (?:refused|timed out)|Network is unreachable)[^\n;]*/i;

const NO_PACKAGE_NAME = /Invalid (?:npm )?package name|Invalid tag name|EINVALIDPACKAGENAME/;

/** So many of npm's last lines tell why it failed. */
const TOLD_LINES = 6;

async function asK3dError(
  error: unknown,
  printed: readonly string[],
  signal: AbortSignal,
): Promise<K3dError> {
  if (isK3dError(error)) return error;
  const { message } = toK3dError(error);
  if (/^not found: npm$/m.test(message) || /spawn npm(\.cmd)? ENOENT/.test(message)) {
    return new K3dError("NOT_FOUND", "npm, which installs plug-ins, is not on PATH", {
      hint: "Install npm, which comes with Node.js, and run the command again",
      cause: error,
    });
  }
  if (NO_PACKAGE_NAME.test(message)) {
    return new K3dError("INVALID_INPUT", `That is no name of an npm package: ${message}`, {
      hint: "Give NAME, NAME@VERSION, a tarball or a directory",
      cause: error,
    });
  }
  let text = [message, ...printed].join("\n");
  if (/does not exist in the registry/.test(message)) {
    const name = message.split(" ", 1)[0] ?? "";
    // oclif does not tell whether nobody answered.
    const view = await execa("npm", ["view", name, "name"], {
      reject: false,
      cancelSignal: signal,
    });
    throwIfAborted(signal);
    text = view.stderr;
    if (!UNREACHABLE.test(text)) {
      return new K3dError("NOT_FOUND", `The npm registry has no ${name}`, {
        hint: "Check the name; a plug-in of your own can be installed from its tarball or directory",
        cause: error,
      });
    }
  }
  const unreachable = UNREACHABLE.exec(text);
  if (unreachable !== null) {
    return new K3dError("REMOTE_UNAVAILABLE", `npm cannot reach its registry: ${unreachable[0]}`, {
      hint: "Check the network, and npm's registry and proxy; without internet, install a tarball that npm pack made. What is installed stays as it is",
      cause: error,
    });
  }
  const repository = UNREACHABLE_REPOSITORY.exec(text);
  if (repository !== null) {
    return new K3dError(
      "REMOTE_UNAVAILABLE",
      `npm cannot reach the repository of the plug-in: ${repository[0]}`,
      {
        hint: "Check the address and the network; without one, install a tarball that npm pack made",
        cause: error,
      },
    );
  }
  const reason = npmReason(printed);
  return new K3dError("COMMAND_FAILED", reason === "" ? message : `npm failed: ${reason}`, {
    hint: "K3D_NPM_LOG_LEVEL=verbose and --trace show more",
    cause: error,
  });
}

/** Removes packages that npm has, but that are in no list: of installations that were broken off. */
export async function removeStrays(config: Config): Promise<void> {
  const { dataDir } = config;
  const list = await readFile(join(dataDir, "package.json"), "utf8").catch(() => "{}");
  const { dependencies = {} } = JSON.parse(list) as { dependencies?: Record<string, string> };
  const known = new Set((await installedPlugins(dataDir)).map(({ name }) => name));
  const strays = Object.keys(dependencies).filter((name) => !known.has(name));
  if (strays.length === 0) return;
  await execa("npm", ["uninstall", "--offline", ...strays], {
    cwd: dataDir,
    env: NPM_CONFIG,
    reject: false,
    stdio: "ignore",
  });
}

/** The last of what npm printed, in one line. */
export function npmReason(printed: readonly string[]): string {
  return printed
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("A complete log of this run"))
    .slice(-TOLD_LINES)
    .join("; ");
}
