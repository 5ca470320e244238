import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

/** Named and anonymous volumes. */
export function volumes(suite: Suite): void {
  const { expect } = suite;
  const needs = ["volumes"] as const;

  suite.test(
    "create, inspect and list tell the same",
    async (scope) => {
      const name = scope.name("v");
      const created = await scope.runtime.volumes.create({
        name,
        labels: { ...scope.labels, purpose: "volume" },
      });
      expect(created).toMatchObject({ name, labels: { ...scope.labels, purpose: "volume" } });
      expect(await scope.runtime.volumes.inspect(name)).toMatchObject({
        name,
        labels: created.labels,
      });
      const listed = await scope.runtime.volumes.list({ labels: scope.labels });
      expect(listed.map((volume) => volume.name)).toEqual([name]);
    },
    { needs: [...needs] },
  );

  suite.test(
    "a name that is taken is NAME_IN_USE",
    async (scope) => {
      const name = await scope.volume();
      await suite.rejects(
        scope.runtime.volumes.create({ name, labels: scope.labels }),
        "NAME_IN_USE",
      );
    },
    { needs: [...needs] },
  );

  suite.test(
    "data outlives its container and is shared between containers",
    async (scope) => {
      const volume = await scope.volume();
      const mounts = [{ type: "volume" as const, source: volume, destination: "/data" }];
      const writer = await scope.start({ mounts });
      await scope.output(writer, programs.write("/data/file", "persistent"));
      const reader = await scope.start({ mounts });
      expect(await scope.output(reader, programs.read("/data/file"))).toBe("persistent");
      await scope.runtime.containers.remove(writer, { force: true });
      expect(await scope.output(reader, programs.read("/data/file"))).toBe("persistent");
    },
    { needs: [...needs] },
  );

  suite.test(
    "a container tells the volumes that it mounts",
    async (scope) => {
      const volume = await scope.volume();
      const name = await scope.create({
        mounts: [{ type: "volume", source: volume, destination: "/data", options: ["ro"] }],
      });
      const info = await scope.runtime.containers.inspect(name);
      expect(info.mounts).toEqual([
        expect.objectContaining({
          type: "volume",
          source: volume,
          destination: "/data",
          readOnly: true,
        }),
      ]);
      expect(info.spec.mounts).toEqual([
        expect.objectContaining({ type: "volume", source: volume, destination: "/data" }),
      ]);
      expect((await scope.runtime.volumes.inspect(volume)).usedBy ?? [name]).toEqual([name]);
    },
    { needs: [...needs] },
  );

  suite.test(
    "ro makes a mount read-only",
    async (scope) => {
      const volume = await scope.volume();
      const name = await scope.start({
        mounts: [{ type: "volume", source: volume, destination: "/data", options: ["ro"] }],
      });
      expect((await scope.run(name, programs.touch("/data/file"))).exitCode).not.toBe(0);
    },
    { needs: [...needs] },
  );

  suite.test(
    "remove refuses a volume that a container mounts, running or not",
    async (scope) => {
      const volume = await scope.volume();
      const name = await scope.start({
        mounts: [{ type: "volume", source: volume, destination: "/data" }],
      });
      await suite.rejects(scope.runtime.volumes.remove(volume), "VOLUME_IN_USE");
      await scope.runtime.containers.stop(name);
      await suite.rejects(scope.runtime.volumes.remove(volume), "VOLUME_IN_USE");
      await scope.runtime.containers.remove(name);
      await scope.runtime.volumes.remove(volume);
      await suite.rejects(scope.runtime.volumes.inspect(volume), "NOT_FOUND");
    },
    { needs: [...needs] },
  );

  suite.test(
    "removing a container keeps named volumes",
    async (scope) => {
      const volume = await scope.volume();
      const name = await scope.create({
        mounts: [{ type: "volume", source: volume, destination: "/data" }],
      });
      await scope.runtime.containers.remove(name);
      expect((await scope.runtime.volumes.inspect(volume)).name).toBe(volume);
    },
    { needs: [...needs] },
  );

  suite.test(
    "anonymous volumes go with their container unless told otherwise",
    async (scope) => {
      const anonymous = async (): Promise<{ name: string; volume: string }> => {
        const name = await scope.start({ mounts: [{ type: "volume", destination: "/data" }] });
        await scope.output(name, programs.write("/data/file", "x"));
        const { mounts } = await scope.runtime.containers.inspect(name);
        const volume = mounts.find(({ destination }) => destination === "/data")?.source;
        if (volume === undefined) throw new Error("the anonymous volume has no name");
        return { name, volume };
      };
      const removed = await anonymous();
      await scope.runtime.containers.remove(removed.name, { force: true });
      await suite.rejects(scope.runtime.volumes.inspect(removed.volume), "NOT_FOUND");
      const kept = await anonymous();
      await scope.runtime.containers.remove(kept.name, { force: true, volumes: false });
      expect((await scope.runtime.volumes.inspect(kept.volume)).name).toBe(kept.volume);
      await scope.runtime.volumes.remove(kept.volume);
    },
    { needs: [...needs] },
  );
}
