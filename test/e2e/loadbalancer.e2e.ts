import { mkdir, writeFile } from "node:fs/promises";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { enginesUnderTest } from "./support/engine.js";
import { onEngines } from "./support/suite.js";
import type { World } from "./support/world.js";

const READY = "start worker processes";

/** Engines with a client that can create containers and copy files into them. */
const engines = enginesUnderTest().filter(({ name }) => name !== "oci");

describe.runIf(engines.length > 0)("load balancer and other tools", () => {
  onEngines(engines, "a load balancer", (world, engine) => {
    /** Both streams of its log so far. */
    const logs = async (name: string): Promise<string> =>
      (await execa(engine.name, ["logs", name], { all: true })).all;
    const started = async (name: string): Promise<number> =>
      (await logs(name)).split(READY).length - 1;

    /** Puts the file where another tool would, without running anything in the container. */
    const write = async (w: World, name: string, values: string): Promise<void> => {
      const folder = join(w.home, "etc");
      await mkdir(join(folder, "confd"), { recursive: true });
      await writeFile(join(folder, "confd/values.yaml"), values);
      await engine.client("cp", `${folder}/.`, `${name}:/etc`);
    };

    it("takes what is written into its values, keeps open connections and refuses nonsense; made anew from its image, command, variables and values it serves the API", async () => {
      const w = world();
      const cluster = w.name("lb");
      const name = `k3d-${cluster}-serverlb`;
      await w.k3d("cluster", "create", cluster);
      const { Config, NetworkSettings } = await engine.inspect(name);
      const { Networks, Ports } = NetworkSettings;
      const values = await w.k3d("debug", "loadbalancer", "get-config", cluster);
      const address = Networks[`k3d-${cluster}`]?.IPAddress ?? "";
      const socket = connectTls({
        port: Number(Ports["6443/tcp"]?.[0]?.HostPort),
        rejectUnauthorized: false,
      });
      try {
        await new Promise((resolve, reject) => {
          socket.once("secureConnect", resolve).once("error", reject);
        });
        const before = await started(name);
        await write(w, name, `${values}\nnonsense\n`);
        await expect.poll(() => logs(name), { timeout: 30_000 }).toContain("not understood");
        expect(await listens(address, 8765)).toBe(false);
        await write(w, name, `${values.replace("ports:", `ports:\n  8765.tcp:\n    - ${name}`)}\n`);
        await expect.poll(() => started(name), { timeout: 30_000 }).toBe(before + 1);
        await expect.poll(() => listens(address, 8765), { timeout: 30_000 }).toBe(true);

        const answer = new Promise((resolve, reject) => {
          socket
            .once("data", (data) => resolve(String(data).split("\r\n")[0]))
            .once("error", reject);
        });
        socket.write("GET /cacerts HTTP/1.1\r\nHost: k3d\r\n\r\n");
        expect(await answer).toBe("HTTP/1.1 200 OK");
      } finally {
        socket.destroy();
      }

      const [image = "", command = ""] = (
        await engine.client("inspect", "--format", "{{.Image}} {{json .Config.Cmd}}", name)
      ).split(/ (.*)/s);
      const published = Object.entries(Ports).flatMap(([port, bindings]) =>
        (bindings ?? []).map(({ HostIp, HostPort }) =>
          [...(HostIp ? [HostIp] : []), HostPort, port].join(":"),
        ),
      );
      await engine.client("rm", "--force", "--volumes", name);
      // As the Go k3d does: the first word of the command is forgotten, and so are further files.
      const create = [
        ["create", "--init", "--privileged", "--restart", "unless-stopped", "--name", name],
        ["--network", `k3d-${cluster}`, "--tmpfs", "/run", "--tmpfs", "/var/run"],
        ...Config.Env.map((entry) => ["--env", entry]),
        ...Object.entries(Config.Labels).map(([key, value]) => ["--label", `${key}=${value}`]),
        ...published.map((port) => ["--publish", port]),
        [image],
        JSON.parse(command) as string[],
      ];
      await engine.client(...create.flat());
      await write(w, name, values);
      await engine.client("start", name);
      await expect
        .poll(() => w.kubectl("get", "--raw", "/readyz").catch(String), { timeout: 30_000 })
        .toBe("ok");
      await w.k3d("cluster", "stop", cluster);
      await w.k3d("cluster", "start", cluster);
      expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
      await w.k3d("cluster", "delete", cluster);
      expect(await w.traces(cluster)).toEqual([]);
    });
  });
});

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port });
    const done = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", done(true)).once("error", done(false));
  });
}
