import type { EngineUnderTest } from "../engine.ts";
import { eventually } from "../../machine/eventually.ts";
import { lookingWith } from "./command-line.ts";
import type { Shell } from "../../machine/shell.ts";

const VERSION = "Docker {{.Server.Version}} (API {{.Server.APIVersion}})";

const docker = {
  ...lookingWith("docker"),
  runtime: "docker",
  startsAtBoot: true,
  version: async (shell: Shell) =>
    (await shell.run(["docker", "version", "--format", VERSION])).trim(),
} as const;

export const dockerRootful: EngineUnderTest = {
  ...docker,
  id: "docker",
  title: "Docker",
  rootless: false,
  user: "member",
  env: {},
  prepare: async () => undefined,
  async restart(_shell, root) {
    await root.run(["systemctl", "restart", "docker"]);
  },
};

const USER_ENV = 'export XDG_RUNTIME_DIR="/run/user/$(id -u)"';

/**
 * As docs/guides/rootless.md tells. Debian ships the set-up beside the documentation, where
 * upstream's package has it on PATH, and it wants the client in its own folder. The unit that it
 * writes starts at boot, since its user lingers; the context comes last.
 */
const INSTALL = `${USER_ENV}
mkdir -p ~/bin
ln -sf /usr/share/docker.io/contrib/dockerd-rootless*.sh /usr/bin/docker /usr/bin/rootlesskit ~/bin
export PATH=~/bin:/usr/sbin:/sbin:$PATH
docker context inspect rootless >/dev/null 2>&1 || dockerd-rootless-setuptool.sh install --force`;

export const dockerRootless: EngineUnderTest = {
  ...docker,
  id: "docker-rootless",
  title: "Docker rootless",
  rootless: true,
  user: "docker-user",
  env: {},
  async prepare(shell) {
    // dockerd gives its containerd fifteen seconds, too few here now and then; systemd tries again.
    await eventually("Docker rootless is set up", 10, () => shell.script(INSTALL));
  },
  async restart(shell) {
    await shell.run(["systemctl", "--user", "restart", "docker"]);
  },
};
