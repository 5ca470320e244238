/**
 * Makes sure that Podman runs containers here, and installs Debian's where it is missing.
 *
 *   node test/engine/ensure-podman.ts [--no-install]
 *
 * Podman needs no service. With --no-install nothing is installed or configured.
 */
import { parseArgs } from "node:util";
import { findCommand, lastLines, runUnchecked } from "./host/command.ts";
import { ensurePackages, whyNotInstallable } from "./host/debian.ts";
import { withLock } from "./host/lock.ts";
import { runScript, say } from "./host/script.ts";
import { SetupError } from "./host/setup-error.ts";
import { prepareContainersConf } from "./podman/containers-conf.ts";
import { openTunDevice } from "./podman/tun-device.ts";

const HINT = "https://podman.io/docs/installation tells how to install Podman";

/**
 * catatonit is Podman's --init; netavark (with iptables, or nftables from Podman 5 on) and
 * aardvark-dns make networks in which names resolve; uidmap, slirp4netns and passt (from Podman 5
 * on) are for users other than root; buildah builds images in the store that both share.
 */
const PACKAGES = [
  "podman",
  "buildah",
  "runc",
  "netavark",
  "aardvark-dns",
  "catatonit",
  "iptables",
  "nftables",
  "uidmap",
  "slirp4netns",
  "passt",
];

interface PodmanInfo {
  readonly host: {
    readonly networkBackend: string;
    readonly ociRuntime: { readonly name: string; readonly path: string };
  };
  readonly version: { readonly Version: string };
}

async function askPodman(): Promise<PodmanInfo> {
  const { exitCode, stdout, stderr } = await runUnchecked("podman", ["info", "--format", "json"]);
  if (exitCode === 0) return JSON.parse(stdout) as PodmanInfo;
  throw new SetupError(`podman is installed but does not work: ${lastLines(stderr)}`);
}

await runScript(async () => {
  const { values } = parseArgs({ options: { "no-install": { type: "boolean", default: false } } });
  const present = findCommand("podman") !== undefined;
  const obstacle = values["no-install"] ? "--no-install forbids it" : whyNotInstallable();
  if (obstacle === undefined) {
    if (!present) say("Podman is missing. Going to install it from Debian's packages.");
    await withLock("/run/k3d-test/podman.lock", async () => {
      await ensurePackages(PACKAGES);
      prepareContainersConf();
      openTunDevice();
    });
  } else if (!present) {
    throw new SetupError(`podman is not installed; ${obstacle}`, HINT);
  }
  const { host, version } = await askPodman();
  if (host.networkBackend !== "netavark") {
    throw new SetupError(
      `podman uses the network backend ${host.networkBackend}, in which names of containers may not resolve`,
      'set network_backend = "netavark" in containers.conf (and remove what podman reset removes)',
    );
  }
  say(`Podman ${version.Version} works (${host.ociRuntime.path}, ${host.networkBackend})`);
});
