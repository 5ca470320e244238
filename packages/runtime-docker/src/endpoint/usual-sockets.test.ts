import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { firstThatAccepts, usualSockets } from "./usual-sockets.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-sockets-"));
});
afterEach(() => rm(home, { recursive: true }));

const options = (env: RuntimeOptions["env"] = {}): RuntimeOptions => ({
  env,
  homeDir: "/home/me",
  platform: "darwin",
  uid: 501,
});

describe("usualSockets", () => {
  it("knows where engines of this machine listen, in the order in which they are looked for", () => {
    expect(usualSockets(options()).map(({ path, source }) => `${source}: ${path}`)).toEqual([
      "the default socket: /var/run/docker.sock",
      "rootless Docker's socket: /run/user/501/docker.sock",
      "Docker Desktop's socket: /home/me/.docker/run/docker.sock",
      "Docker Desktop's socket: /home/me/.docker/desktop/docker.sock",
      "OrbStack's socket: /home/me/.orbstack/run/docker.sock",
      "Colima's socket: /home/me/.colima/default/docker.sock",
      "Colima's socket: /home/me/.config/colima/default/docker.sock",
      "Rancher Desktop's socket: /home/me/.rd/docker.sock",
      "Lima's socket: /home/me/.lima/docker/sock/docker.sock",
      "Lima's socket: /home/me/.lima/docker-rootful/sock/docker.sock",
      "Lima's socket: /home/me/.lima/default/sock/docker.sock",
    ]);
  });

  it("heeds the variables by which they are moved", () => {
    const env = { XDG_RUNTIME_DIR: "/r", LIMA_HOME: "/l", COLIMA_HOME: "/c" };
    const paths = usualSockets(options(env)).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "/r/docker.sock",
        "/l/docker/sock/docker.sock",
        "/c/default/docker.sock",
      ]),
    );
  });
});

describe("firstThatAccepts", () => {
  const named = (path: string) => ({ path, source: "a test" });

  it("passes over what a stopped virtual machine has left", async () => {
    const stale = join(home, "stale.sock");
    const live = join(home, "live.sock");
    await mkdir(dirname(stale), { recursive: true });
    await writeFile(stale, "");
    const server = createServer().listen(live);
    await once(server, "listening");
    try {
      expect(await firstThatAccepts([named(stale), named(live)])).toEqual(named(live));
      expect(await firstThatAccepts([named(stale)])).toBeUndefined();
    } finally {
      server.close();
    }
  });
});
