import { K3dError, throwIfAborted, toK3dError } from "@k3d/core";
import { ux } from "@oclif/core";
import type { Config } from "@oclif/core/config";
import { commands } from "@oclif/plugin-plugins";

/** The commands of oclif's plug-in for plug-ins. */
export type PluginsCommand = "install" | "link" | "uninstall" | "update";

/**
 * How npm is to work for k3d, unless the user's environment says otherwise: what k3d lends to
 * plug-ins is not fetched, and nothing is asked of the internet besides packages.
 */
const NPM_CONFIG = {
  npm_config_audit: "false",
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
    await commands[`plugins:${command}`].run(args, config);
    throwIfAborted(signal);
  } catch (error) {
    throwIfAborted(signal);
    throw asK3dError(error, printed);
  } finally {
    Object.assign(ux, before);
    Object.assign(ux.action, { start, stop });
  }
}

/** What Node calls it when nothing answers at an address, or nobody knows the address. */
const UNREACHABLE =
  /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;

/** So many of npm's last lines tell why it failed. */
const TOLD_LINES = 6;

function asK3dError(error: unknown, printed: readonly string[]): K3dError {
  const { message } = toK3dError(error);
  if (/^not found: npm$/m.test(message) || /spawn npm(\.cmd)? ENOENT/.test(message)) {
    return new K3dError("NOT_FOUND", "npm, which installs plug-ins, is not on PATH", {
      hint: "Install npm, which comes with Node.js, and run the command again",
      cause: error,
    });
  }
  if (/does not exist in the registry/.test(message)) {
    const name = message.split(" ", 1)[0];
    return new K3dError("NOT_FOUND", `The npm registry has no ${name}, or does not answer`, {
      hint: "Check the name; without internet, give a tarball that npm pack made",
      cause: error,
    });
  }
  const unreachable = UNREACHABLE.exec([message, ...printed].join("\n"));
  if (unreachable !== null) {
    return new K3dError("REMOTE_UNAVAILABLE", `npm cannot reach its registry: ${unreachable[0]}`, {
      hint: "Check the network, and npm's registry and proxy; without internet, install a tarball that npm pack made. What is installed stays as it is",
      cause: error,
    });
  }
  const lines = printed
    .flatMap((text) => text.split("\n"))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("A complete log of this run"));
  const reason = lines.slice(-TOLD_LINES).join("; ");
  return new K3dError("COMMAND_FAILED", reason === "" ? message : `npm failed: ${reason}`, {
    hint: "K3D_NPM_LOG_LEVEL=verbose and --trace show more",
    cause: error,
  });
}
