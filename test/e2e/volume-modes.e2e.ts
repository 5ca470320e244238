import { chown, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEveryEngine } from "./support/suite.js";

interface RuntimeAnswer {
  capabilities: { mountModes: boolean };
}

onEveryEngine("volume modes", (world, engine) => {
  it("takes those of every engine, and Podman's own where the engine has them", async () => {
    const w = world();
    const cluster = w.name("modes");
    const server = `k3d-${cluster}-server-0`;
    const directory = async (name: string): Promise<string> => {
      const path = join(w.home, name);
      await mkdir(path);
      await writeFile(join(path, "before"), "here");
      return path;
    };
    const [layered, owned, plain] = [
      await directory("layered"),
      await directory("owned"),
      await directory("plain"),
    ];
    const mine = process.getuid?.() === 0 ? 4711 : (process.getuid?.() ?? 0);
    await chown(owned, mine, mine);
    const everywhere = [
      `--volume=${plain}:/plain:cached,ro@server:0`,
      `--volume=k3d-${cluster}-data:/data:nocopy@server:0`,
    ];
    const podmans = ["-v", `${layered}:/layered:O@server:0`, "-v", `${owned}:/owned:U@server:0`];
    const create = ["cluster", "create", cluster, "--no-lb", "--timeout", "120s"];
    const { capabilities } = await w.json<RuntimeAnswer>("runtime-info");
    if (!capabilities.mountModes) {
      const refused = await w.run([...create, ...podmans]);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stderr).toContain("volumes with the modes U and O");
      expect(await w.traces(cluster)).toEqual([]);
      await w.k3d(...create, ...everywhere);
    } else {
      await w.k3d(...create, ...everywhere, ...podmans);
      const inside = (script: string): Promise<string> =>
        engine.client("exec", server, "sh", "-c", script);
      expect((await inside("cat /layered/before; echo x >/layered/new; ls /layered")).trim()).toBe(
        "herebefore\nnew",
      );
      expect(await readdir(layered)).toEqual(["before"]);
      expect((await inside("stat -c %u /owned")).trim()).toBe("0");
      expect((await stat(owned)).uid).not.toBe(mine);
    }
    await expect(engine.client("exec", server, "touch", "/plain/new")).rejects.toThrow("ead-only");
    const { Mounts } = await engine.inspect(server);
    expect(Mounts.some(({ Destination }) => Destination === "/data")).toBe(true);
    const volumes = await w.volumesOf(cluster);
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster, volumes)).toEqual([]);
  });
});
