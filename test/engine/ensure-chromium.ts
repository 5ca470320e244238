/**
 * Makes sure that Chromium is here, and installs Debian's where it is not: for the tests that visit the
 * documentation.
 *
 *   node test/engine/ensure-chromium.ts [--no-install]
 */
import { parseArgs } from "node:util";
import { findCommand } from "./host/command.ts";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  if (findCommand("chromium") === undefined) {
    const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
    if (obstacle !== undefined)
      throw new SetupError(`chromium cannot be had: ${obstacle}`, "install chromium");
    await withLock("/run/k3d-test/chromium.lock", () => ensurePackages(["chromium"]));
  }
  say("chromium is here");
});
