import type { EngineUnderTest } from "../engine.ts";
import { lookingWith } from "./command-line.ts";
import type { Shell } from "../../machine/shell.ts";

const VERSION = "Podman {{.Version.Version}} ({{.Host.OCIRuntime.Name}})";

const podman = {
  ...lookingWith("podman"),
  runtime: "podman",
  startsAtBoot: true,
  env: {},
  prepare: async () => undefined,
  version: async (shell: Shell) =>
    (await shell.run(["podman", "info", "--format", VERSION])).trim(),
} as const;

/** As docs/guides/podman.md tells where Docker is on the same machine, as here. */
const BESIDE_DOCKER = `mkdir -p /etc/containers/containers.conf.d
printf '[network]\\nfirewall_driver="iptables"\\n' >/etc/containers/containers.conf.d/firewall.conf`;

export const podmanRootful: EngineUnderTest = {
  ...podman,
  id: "podman",
  title: "Podman",
  rootless: false,
  user: "root",
  async prepare(shell) {
    await shell.script(BESIDE_DOCKER);
  },
};

export const podmanRootless: EngineUnderTest = {
  ...podman,
  id: "podman-rootless",
  title: "Podman rootless",
  rootless: true,
  user: "podman-user",
};
