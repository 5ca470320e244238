import type { EngineUnderTest } from "../engine.ts";
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
 * Debian ships the set-up beside the documentation, where upstream's package has it on PATH; the
 * unit that it writes starts at boot, since its user lingers.
 */
const INSTALL = `${USER_ENV}
export PATH="/usr/share/docker.io/contrib:/usr/sbin:/sbin:$PATH"
systemctl --user is-active --quiet docker || dockerd-rootless-setuptool.sh install --force`;

export const dockerRootless: EngineUnderTest = {
  ...docker,
  id: "docker-rootless",
  title: "Docker rootless",
  rootless: true,
  user: "docker-user",
  env: {},
  async prepare(shell) {
    await shell.script(INSTALL);
  },
  async restart(shell) {
    await shell.run(["systemctl", "--user", "restart", "docker"]);
  },
};
