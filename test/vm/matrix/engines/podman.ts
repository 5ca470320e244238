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

export const podmanRootful: EngineUnderTest = {
  ...podman,
  id: "podman",
  title: "Podman",
  rootless: false,
  user: "root",
};

export const podmanRootless: EngineUnderTest = {
  ...podman,
  id: "podman-rootless",
  title: "Podman rootless",
  rootless: true,
  user: "podman-user",
};
