/**
 * Makes sure that OpenSSH's server and client are here, and installs Debian's where they are not:
 * for tests of engines behind ssh. Nothing is started.
 *
 *   node test/engine/ensure-sshd.ts [--no-install]
 */
import { parseArgs } from "node:util";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";
import { missingTools } from "./ssh/sshd.ts";

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const missing = missingTools();
  if (missing.length > 0) {
    const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
    if (obstacle !== undefined) {
      throw new SetupError(
        `${missing.join(", ")} missing; ${obstacle}`,
        "install the packages openssh-server and openssh-client",
      );
    }
    await withLock("/run/k3d-test/sshd.lock", () =>
      ensurePackages(["openssh-server", "openssh-client"]),
    );
  }
  say("OpenSSH is here");
});
