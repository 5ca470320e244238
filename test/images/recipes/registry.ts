import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Recipe } from "../build/recipe.ts";
import { unpackDebianPackages } from "../build/debian-root.ts";
import { packed } from "../build/layer.ts";
import { BUILDER } from "./builder.ts";

const CONFIG_PATH = "/etc/docker/registry/config.yml";

const CONFIG = `version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
`;

/** A configuration file alone means `serve`; other registry sub-commands and programs run as named. */
const ENTRYPOINT = `#!/bin/sh
set -e
case "$1" in
*.yml | *.yaml) set -- serve "$1" ;;
esac
case "$1" in
serve | garbage-collect | help | -*) exec registry "$@" ;;
*) exec "$@" ;;
esac
`;

/** Debian's docker-registry in the shape of the official image; REGISTRY_* variables override the file. */
export const registry: Recipe = {
  settings: {
    entrypoint: ["/entrypoint.sh"],
    cmd: [CONFIG_PATH],
    volumes: ["/var/lib/registry"],
    exposedPorts: ["5000/tcp"],
  },
  inputs: [BUILDER, "test/images/recipes/registry.ts"],
  pack: packed(async (root) => {
    await unpackDebianPackages(root, {
      packages: ["docker-registry", "busybox-static"],
      assumed: ["adduser", "init-system-helpers", "lsb-base", "sysvinit-utils"],
    });
    await symlink("docker-registry", join(root, "bin/registry"));
    await mkdir(join(root, "etc/docker/registry"), { recursive: true });
    await mkdir(join(root, "var/lib/registry"), { recursive: true });
    await writeFile(join(root, CONFIG_PATH), CONFIG);
    await writeFile(join(root, "entrypoint.sh"), ENTRYPOINT);
    await chmod(join(root, "entrypoint.sh"), 0o755);
  }),
};
