import { expect, it } from "vitest";
import { onEveryEngine } from "./support/suite.js";

onEveryEngine("cluster shapes", (world, engine) => {
  it("works without a load balancer and an image volume, on an existing network whose addresses change, and leaves that alone", async () => {
    const w = world();
    const cluster = w.name("ext");
    const network = `ext-${cluster}`;
    await engine.client("network", "create", "--label", "k3d-e2e=external", network);
    try {
      await w.k3d(
        ...`cluster create ${cluster} --no-lb --no-image-volume --agents 1 --timeout 60s`.split(
          " ",
        ),
        "--network",
        network,
      );
      expect((await engine.containers(cluster)).map(({ name }) => name)).toEqual([
        `k3d-${cluster}-agent-0`,
        `k3d-${cluster}-server-0`,
      ]);
      const { Config, NetworkSettings } = await engine.inspect(`k3d-${cluster}-server-0`);
      expect(NetworkSettings.Ports["6443/tcp"]).toHaveLength(1);
      expect(Config.Labels).toMatchObject({
        "k3d.cluster.network": network,
        "k3d.cluster.network.external": "true",
      });
      expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
      expect(await engine.volumes()).not.toContain(`k3d-${cluster}-images`);
      const volumes = await w.volumesOf(cluster);
      await w.k3d("cluster", "stop", cluster);
      await w.k3d("cluster", "start", cluster);
      expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
      await w.k3d("cluster", "delete", cluster);
      expect(await w.traces(cluster, volumes)).toEqual([]);
      expect(await engine.networks()).toContain(network);
    } finally {
      await engine.client("network", "rm", network);
    }
  });

  it("keeps a stopped node's address from foreign containers, and a given image volume from deletion", async () => {
    const w = world();
    const cluster = w.name("addr");
    const volume = `shared-${cluster}`;
    await engine.client("volume", "create", "--label", "k3d-e2e=shared", volume);
    const foreign = [0, 1, 2].map((number) => `foreign-${cluster}-${number}`);
    try {
      await w.k3d("cluster", "create", cluster, "--image-volume", volume);
      const server = `k3d-${cluster}-server-0`;
      const { Mounts, Config } = await engine.inspect(server);
      expect(Mounts.find(({ Destination }) => Destination === "/k3d/images")?.Name).toBe(volume);
      expect(Config.Labels["k3d.volumes.imageVolume.external"]).toBe("true");
      const address = async (name: string): Promise<string | undefined> =>
        (await engine.inspect(name)).NetworkSettings.Networks[`k3d-${cluster}`]?.IPAddress;
      const before = await address(server);
      await w.k3d("cluster", "stop", cluster);
      const image = process.env["K3D_E2E_BUSYBOX_IMAGE"] ?? "k3d.local/busybox:dev";
      for (const name of foreign) {
        const where = ["--name", name, "--network", `k3d-${cluster}`];
        await engine.client("run", "-d", "--init", ...where, image, "sleep", "300");
      }
      await w.k3d("cluster", "start", cluster);
      expect(await address(server)).toBe(before);
      for (const name of foreign) expect(await address(name)).not.toBe(before);
      for (const name of foreign) await engine.client("rm", "-f", name);
      await w.k3d("cluster", "delete", cluster);
      expect(await w.traces(cluster)).toEqual([]);
      expect(await engine.volumes()).toContain(volume);
    } finally {
      for (const name of foreign) await engine.client("rm", "-f", name).catch(() => undefined);
      // Nothing, unless the test failed before: its own failure is to be told.
      await w.run(["cluster", "delete", cluster]);
      await engine.client("volume", "rm", volume);
    }
  });

  it("runs on the host's network", async () => {
    const w = world();
    const cluster = w.name("host");
    await w.k3d(
      "cluster",
      "create",
      cluster,
      "--network",
      "host",
      "--api-port",
      "26443",
      "--timeout",
      "60s",
    );
    expect((await engine.inspect(`k3d-${cluster}-server-0`)).HostConfig.NetworkMode).toBe("host");
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    await w.k3d("cluster", "delete", cluster);
    expect(await w.traces(cluster)).toEqual([]);
  });
});
