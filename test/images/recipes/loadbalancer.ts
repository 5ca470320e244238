import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Recipe } from "../build/recipe.ts";
import { unpackDebianPackages } from "../build/debian-root.ts";
import { packed } from "../build/layer.ts";
import { BUILDER } from "./builder.ts";

/**
 * Debian's nginx in the shape of the official image: configuration below /etc/nginx, logs on the
 * container's output, a graceful end on SIGQUIT. Debian builds the stream module as a file of its
 * own; a configuration loads it by including /etc/nginx/modules-enabled/*.conf, which matches
 * nothing in the official image.
 */
export const loadbalancer: Recipe = {
  settings: {
    cmd: ["nginx", "-g", "daemon off;"],
    exposedPorts: ["80/tcp"],
    stopSignal: "SIGQUIT",
  },
  inputs: [BUILDER, "test/images/recipes/loadbalancer.ts"],
  pack: packed(async (root) => {
    await unpackDebianPackages(root, {
      packages: ["nginx", "libnginx-mod-stream", "busybox-static"],
      assumed: ["debconf", "init-system-helpers", "iproute2", "lsb-base", "sysvinit-utils"],
    });
    const modules = join(root, "etc/nginx/modules-enabled");
    await rm(modules, { recursive: true, force: true });
    await mkdir(modules, { recursive: true });
    await writeFile(
      join(modules, "50-mod-stream.conf"),
      "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n",
    );
    await symlink("../sites-available/default", join(root, "etc/nginx/sites-enabled/default"));
    await mkdir(join(root, "var/www/html"), { recursive: true });
    await writeFile(join(root, "var/www/html/index.html"), "nginx\n");
    await mkdir(join(root, "var/log/nginx"), { recursive: true });
    await rm(join(root, "var/log/nginx/access.log"), { force: true });
    await symlink("/dev/stdout", join(root, "var/log/nginx/access.log"));
    await symlink("/dev/stderr", join(root, "var/log/nginx/error.log"));
  }),
};
