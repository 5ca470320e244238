import { randomBytes, randomInt } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { Registries } from "../support/registries.js";
import { onEveryEngine } from "../support/suite.js";

interface PruneJson {
  dryRun: boolean;
  items: { kind: string; name: string; size?: number; reason: string }[];
  removed: { kind: string; name: string }[];
  failed: unknown[];
}

/** A cluster is up within this time on a quiet machine; a killed creation is killed somewhere in it. Milliseconds. */
const CREATION_MS = 5000;
/** So many are killed, each in a part of that time of its own. */
const KILLS = 3;

onEveryEngine("prune", (world, engine) => {
  const registries = new Registries(world);
  afterAll(() => registries.dispose());

  const names = ({ items }: Pick<PruneJson, "items">): string[] =>
    items.map(({ kind, name }) => `${kind} ${name}`).toSorted();

  /** Only what belongs to one cluster: the engine may hold what others left. */
  const prune = (cluster: string, ...flags: string[]): Promise<PruneJson> =>
    world().json<PruneJson>("prune", "--all", "--filter", `cluster=${cluster}`, ...flags);

  /** Whether a creation did all its work, though it may have been killed before it could say so. */
  async function isFinished(cluster: string): Promise<boolean> {
    const mark = ["exec", `k3d-${cluster}-server-0`, "cat", "/etc/k3d/creation"];
    const state = await engine.client(...mark).catch(() => "");
    return state.trim() === "finished";
  }

  /**
   * Kills a creation after `ms`, without any chance to undo.
   *
   * @returns whether the cluster is whole all the same.
   */
  async function kill(cluster: string, ms: number): Promise<boolean> {
    const running = world().spawn([
      "cluster",
      "create",
      cluster,
      "--agents",
      "1",
      "--registry-create",
      `${cluster}-reg`,
    ]);
    await Promise.race([running, delay(ms)]);
    running.kill("SIGKILL");
    await running;
    return isFinished(cluster);
  }

  /** Prunes until the engine, which finishes what it was asked for before the kill, gives nothing new. */
  async function pruneUntilClean(cluster: string, volumes: string[]): Promise<void> {
    await expect
      .poll(
        async () => {
          await prune(cluster, "--force");
          return world().traces(cluster, volumes);
        },
        { timeout: 60_000, interval: 500 },
      )
      .toEqual([]);
  }

  it.each(Array.from({ length: KILLS }, (_value, part) => part))(
    "cleans up after a creation that was killed at a random moment (%i)",
    async (part) => {
      const cluster = world().name("killed");
      const ms = Math.round(((part + randomInt(100) / 100) / KILLS) * CREATION_MS);
      const complete = await kill(cluster, ms);
      const volumes = await world()
        .volumesOf(cluster)
        .catch(() => []);
      if (complete) await world().k3d("cluster", "delete", cluster);
      await pruneUntilClean(cluster, volumes);
    },
  );

  it("leaves a creation alone that goes on", async () => {
    const w = world();
    const cluster = w.name("going");
    const running = w.spawn([
      "cluster",
      "create",
      cluster,
      "--env",
      "K3S_STANDIN_BOOT_DELAY_MS=4000@server:0",
    ]);
    await expect
      .poll(async () => (await engine.containers(cluster)).length, {
        timeout: 60_000,
        interval: 100,
      })
      .toBeGreaterThan(0);
    expect(names(await prune(cluster, "--force"))).toEqual([]);
    const { exitCode, stderr } = await running;
    expect(exitCode, stderr).toBe(0);
    await w.k3d("cluster", "stop", cluster);
    expect(names(await prune(cluster, "--force"))).toEqual([]);
    await w.k3d("cluster", "start", cluster);
    expect(await w.kubectl("get", "--raw", "/readyz")).toBe("ok");
    await w.k3d("cluster", "delete", cluster);
  });

  it("removes a cluster whose --ttl is over, whole as it is, and only with --expired", async () => {
    const w = world();
    const [over, kept] = [w.name("over"), w.name("kept")];
    const small = ["--no-lb", "--agents", "0"];
    await Promise.all([
      w.k3d("cluster", "create", over, "--ttl", "1s", ...small),
      w.k3d("cluster", "create", kept, "--ttl", "1h", ...small),
    ]);
    const expired = (cluster: string, ...flags: string[]): Promise<PruneJson> =>
      w.json<PruneJson>("prune", "--expired", "--filter", `cluster=${cluster}`, ...flags);
    await expect
      .poll(async () => names(await expired(over, "--dry-run")), { timeout: 60_000 })
      .toEqual([`expired ${over}`]);
    expect(names(await prune(over, "--force"))).toEqual([]);
    expect((await engine.containers(over)).map(({ running }) => running)).toEqual([true]);

    expect((await expired(over, "--force")).removed).toMatchObject([
      { kind: "expired", name: over },
    ]);
    expect(await w.traces(over)).toEqual([]);
    expect(names(await expired(kept, "--force"))).toEqual([]);
    expect((await engine.containers(kept)).map(({ running }) => running)).toEqual([true]);
    await w.k3d("cluster", "delete", kept);
  });

  it("never touches look-alikes", async () => {
    const w = world();
    const token = randomBytes(4).toString("hex");
    const like = `k3d-like-${token}`;
    const registry = await registries.create(registries.name());
    const { Image: image } = (await engine.inspect(registry.name)).Config;
    await engine.client("network", "create", like);
    await engine.client("volume", "create", `${like}-images`);
    await engine.client("volume", "create", "--label", "app=k3d", `like-${token}`);
    await engine.client("create", "--name", `${like}-server-0`, "--label", "app=mine", image);
    await engine.client(
      "create",
      "--name",
      `like-${token}`,
      "--label",
      "app=k3d",
      "--label",
      "k3d.role=server",
      image,
    );
    await mkdir(dirname(w.kubeconfig), { recursive: true });
    const config = `apiVersion: v1
kind: Config
current-context: ""
clusters: [{name: k3d-${token}, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {}}]
contexts: [{name: k3d-${token}, context: {cluster: k3d-${token}, user: me}}]
`;
    await writeFile(w.kubeconfig, config);
    try {
      expect(
        await w.json<PruneJson>("prune", "--all", "--force", "--filter", `name=*${token}*`),
      ).toMatchObject({ items: [], removed: [], failed: [] });
      expect(await engine.networks()).toContain(like);
      expect(await engine.volumes()).toEqual(
        expect.arrayContaining([`${like}-images`, `like-${token}`]),
      );
      const filter = `name=${token}`;
      const containers = await engine.client(
        "ps",
        "-a",
        "--filter",
        filter,
        "--format",
        "{{.Names}}",
      );
      expect(containers.split("\n").toSorted()).toEqual([`${like}-server-0`, `like-${token}`]);
      expect(await readFile(w.kubeconfig, "utf8")).toBe(config);
    } finally {
      await writeFile(w.kubeconfig, "");
      await engine.client("rm", "-v", `${like}-server-0`, `like-${token}`);
      await engine.client("volume", "rm", `${like}-images`, `like-${token}`);
      await engine.client("network", "rm", like);
    }
  });

  describe("of what was left", () => {
    it("shows all with sizes, asks for --force, and removes it", async () => {
      const w = world();
      const cluster = w.name("left");
      await w.k3d("cluster", "create", cluster, "--volume", `k3d-${cluster}-data:/data`);
      await w.k3d("registry", "create", registries.name("left"), "--no-help");
      const volumes = await w.volumesOf(cluster);
      const containers = (await engine.containers(cluster)).map(({ name }) => name);
      await engine.client("rm", "-f", "-v", ...containers);

      const expected = [
        `kubeconfig k3d-${cluster}`,
        `network k3d-${cluster}`,
        `volume k3d-${cluster}-data`,
        `volume k3d-${cluster}-images`,
      ];
      const shown = await prune(cluster, "--dry-run");
      expect(names(shown)).toEqual(expected);
      expect(shown).toMatchObject({ dryRun: true, removed: [] });
      const sizes = shown.items.filter(({ kind }) => kind === "volume").map(({ size }) => size);
      expect(sizes).toEqual([expect.any(Number), expect.any(Number)]);

      const refused = await w.run(["prune", "--filter", `cluster=${cluster}`]);
      expect(refused.exitCode, refused.stderr).toBe(2);
      expect(refused.stderr).toContain("--force");
      expect(names(await prune(cluster, "--dry-run"))).toEqual(expected);

      expect(
        names(
          await w.json<PruneJson>(
            "prune",
            "--networks",
            "--dry-run",
            "--filter",
            `cluster=${cluster}`,
          ),
        ),
      ).toEqual([`network k3d-${cluster}`]);
      const { removed, failed } = await prune(cluster, "--force");
      expect(removed).toHaveLength(expected.length);
      expect(failed).toEqual([]);
      expect(await w.traces(cluster, volumes)).toEqual([]);
    });

    it("takes a stopped registry with its images, not a running one", async () => {
      const w = world();
      const name = registries.name("idle");
      const registry = await registries.create(name);
      await registries.push(registry, "app:1");
      const volumes = (await engine.inspect(registry.name)).Mounts.flatMap(
        ({ Name }) => Name ?? [],
      );
      const mine = ["prune", "--registries", "--filter", `name=${registry.name}`];
      expect(names(await w.json<PruneJson>(...mine, "--dry-run"))).toEqual([]);
      await w.k3d("registry", "stop", name);
      expect((await w.json<PruneJson>(...mine, "--force")).removed).toMatchObject([
        { kind: "registry", name: registry.name },
      ]);
      const left = await engine.volumes();
      expect(volumes.filter((volume) => left.includes(volume))).toEqual([]);
    });
  });

  it.each(["colour=red", "until=soon", "x"])("refuses the filter %s", async (filter) => {
    const result = await world().run(["prune", "--force", "--filter", filter]);
    expect(result.exitCode, result.stderr).toBe(2);
    expect(result.stderr).toContain(filter.split("=").at(-1));
  });
});
