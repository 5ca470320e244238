import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

/** Named and anonymous volumes. */
export function volumes(suite: Suite): void {
  const { expect } = suite;
  const needs = ["volumes"] as const;

  suite.test(
    "create, inspect and list tell the same, and the name is taken then",
    async (scope) => {
      const { volumes: operations } = scope.runtime;
      const name = scope.name("v");
      const labels = { ...scope.labels, purpose: "volume" };
      const created = await operations.create({ name, labels });
      expect(created).toMatchObject({ name, labels });
      expect(await operations.inspect(name)).toMatchObject({ name, labels: created.labels });
      const listed = await operations.list({ labels: scope.labels });
      expect(listed.map((volume) => volume.name)).toEqual([name]);
      await suite.rejects(operations.create({ name, labels: scope.labels }), "NAME_IN_USE");
    },
    { needs: [...needs] },
  );

  suite.test(
    "data is shared between containers and outlives them; ro makes a mount read-only",
    async (scope) => {
      const volume = await scope.volume();
      const writer = await scope.start({
        mounts: [{ type: "volume", source: volume, destination: "/data" }],
      });
      await scope.output(writer, programs.write("/data/file", "persistent"));
      const reader = await scope.start({
        mounts: [{ type: "volume", source: volume, destination: "/data", options: ["ro"] }],
      });
      expect(await scope.output(reader, programs.read("/data/file"))).toBe("persistent");
      await scope.runtime.containers.remove(writer, { force: true });
      expect(await scope.output(reader, programs.read("/data/file"))).toBe("persistent");
      expect((await scope.run(reader, programs.touch("/data/file"))).exitCode).not.toBe(0);
    },
    { needs: [...needs] },
  );

  suite.test(
    "what a container changes in a mount with the option O stays with it, and one with U can be written",
    async (scope) => {
      const volume = await scope.volume();
      const mount = { type: "volume", source: volume, destination: "/data" } as const;
      const owner = await scope.start({ mounts: [{ ...mount, options: ["U"] }] });
      await scope.output(owner, programs.write("/data/file", "below"));
      const layered = await scope.start({ mounts: [{ ...mount, options: ["O"] }] });
      expect(await scope.output(layered, programs.read("/data/file"))).toBe("below");
      await scope.output(layered, programs.write("/data/file", "above"));
      expect(await scope.output(layered, programs.read("/data/file"))).toBe("above");
      expect(await scope.output(owner, programs.read("/data/file"))).toBe("below");
    },
    { needs: [...needs, "mountModes"] },
  );

  suite.test(
    "a container tells the volumes that it mounts; they cannot be removed while it is there, running or not, and stay when it is removed",
    async (scope) => {
      const { containers, volumes: operations } = scope.runtime;
      const volume = await scope.volume();
      const name = await scope.start({
        mounts: [{ type: "volume", source: volume, destination: "/data", options: ["ro"] }],
      });
      const info = await containers.inspect(name);
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
      expect((await operations.inspect(volume)).usedBy ?? [name]).toEqual([name]);
      await suite.rejects(operations.remove(volume), "VOLUME_IN_USE");
      await containers.stop(name);
      await suite.rejects(operations.remove(volume), "VOLUME_IN_USE");
      await containers.remove(name);
      expect((await operations.inspect(volume)).name).toBe(volume);
      await operations.remove(volume);
      await suite.rejects(operations.inspect(volume), "NOT_FOUND");
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
