/**
 * Makes sure that zsh, fish and `script` are on the PATH, and installs Debian's where they are not: for
 * the tests that complete at a prompt.
 *
 *   node test/engine/ensure-shells.ts [--no-install]
 */
import { parseArgs } from "node:util";
import { findCommand } from "./host/command.ts";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";

const PACKAGES = { zsh: "zsh", fish: "fish", script: "bsdutils" } as const;

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const missing = Object.entries(PACKAGES).filter(([name]) => findCommand(name) === undefined);
  if (missing.length > 0) {
    const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
    const packages = missing.map(([, name]) => name);
    if (obstacle !== undefined) {
      throw new SetupError(
        `${missing.map(([name]) => name).join(", ")} cannot be had: ${obstacle}`,
        `install ${packages.join(" ")}`,
      );
    }
    await withLock("/run/k3d-test/shells.lock", () => ensurePackages(packages));
  }
  say("zsh, fish and script are here");
});
