/**
 * Makes sure that busybox is on the PATH, and installs Debian's where it is not: the shell that node
 * images have, for tests of what runs in it.
 *
 *   node test/engine/ensure-busybox.ts [--no-install]
 */
import { parseArgs } from "node:util";
import { findCommand } from "./host/command.ts";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  if (findCommand("busybox") === undefined) {
    const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
    if (obstacle !== undefined) {
      throw new SetupError(`busybox is missing; ${obstacle}`, "install the package busybox");
    }
    await withLock("/run/k3d-test/busybox.lock", () => ensurePackages(["busybox"]));
  }
  say("busybox is here");
});
