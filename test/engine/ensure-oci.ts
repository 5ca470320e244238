/**
 * Makes sure that the tools of the daemonless runtime are here, and installs Debian's where not.
 *
 *   node test/engine/ensure-oci.ts [--no-install]
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { mayHoldSysResource } from "./host/capability.ts";
import { findCommand } from "./host/command.ts";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";
import { installWrapper, WRAPPER_PATH } from "./host/wrapper.ts";

/** What each package is needed for, by a file it brings. */
const PACKAGES: Readonly<Record<string, string>> = {
  runc: "runc",
  crun: "crun",
  conmon: "conmon",
  skopeo: "skopeo",
  umoci: "umoci",
  catatonit: "catatonit",
  iptables: "iptables",
  iproute2: "ip",
  "containernetworking-plugins": "/usr/lib/cni/bridge",
};

function missingPackages(): string[] {
  return Object.entries(PACKAGES)
    .filter(([, file]) => (file.startsWith("/") ? !existsSync(file) : !findCommand(file)))
    .map(([name]) => name);
}

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const missing = missingPackages();
  if (missing.length > 0) {
    const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
    if (obstacle !== undefined) {
      throw new SetupError(
        `tools of the daemonless runtime are missing; ${obstacle}`,
        `install the packages ${missing.join(" ")}`,
      );
    }
    say(`Going to install tools of the daemonless runtime: ${missing.join(" ")}`);
    await withLock("/run/k3d-test/oci.lock", () => ensurePackages(missing));
  }
  if (!mayHoldSysResource() && process.getuid?.() === 0) {
    installWrapper();
    say(
      `This machine lacks CAP_SYS_RESOURCE: privileged bundles of others run with ${WRAPPER_PATH}`,
    );
  }
  say("The tools of the daemonless runtime are here");
});
