import { afterAll, beforeAll, expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";

const IMAGE = process.env["K3D_IMAGE"] ?? "k3d.local/k3s-stand-in:dev";
/** The same k3s under another name, as a new release has. */
const NEXT = "k3d.local/k3s-stand-in:next";
/** An image that is there and holds no k3s. */
const NO_K3S = process.env["K3D_IMAGE_REGISTRY"] ?? "k3d.local/registry:dev";

onEveryEngine("upgrade", (world, engine) => {
  let cluster: string;
  const servers = (): string[] => [0, 1, 2].map((index) => `k3d-${cluster}-server-${index}`);
  const agent = (): string => `k3d-${cluster}-agent-0`;
  const nodes = (): string[] => [...servers(), agent()];

  /** Image, id and address of each node, by the engine. */
  const seen = () =>
    Promise.all(
      nodes().map(async (node) => {
        const { Id, Config, NetworkSettings, State } = await engine.inspect(node);
        const { IPAddress } = NetworkSettings.Networks[`k3d-${cluster}`] ?? {};
        return { id: Id, image: Config.Image, address: IPAddress, running: State.Running };
      }),
    );
  const colour = (): Promise<string> =>
    world().kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.colour}");
  /** Undo waits for nodes that run, not for their API. */
  const comesBack = (): Promise<void> =>
    expect.poll(() => colour().catch(() => "no answer"), { timeout: 90_000 }).toBe("green");
  const containers = (): Promise<string[]> =>
    engine.containers(cluster).then((all) => all.map(({ name }) => name));

  beforeAll(async () => {
    await engine.client("tag", IMAGE, NEXT);
    cluster = world().name("upg");
    await world().k3d("cluster", "create", cluster, "--servers", "3", "--agents", "1");
    await world().kubectl("create", "configmap", "kept", "--from-literal=colour=green");
  }, 180_000);
  afterAll(async () => {
    await world().run(["cluster", "delete", cluster]);
    await engine.client("rmi", NEXT);
  });

  it("stops at the first node that does not come back, and puts it back", async () => {
    const before = await seen();
    const all = await containers();
    const upgrade = ["cluster", "upgrade", cluster, "--image", NO_K3S];
    const { exitCode, stderr } = await world().run([...upgrade, "--timeout", "20s"]);
    expect(exitCode, stderr).not.toBe(0);
    expect(stderr).toMatch(/^Error: /m);
    expect((await seen()).map(({ image, address, running }) => [image, address, running])).toEqual(
      before.map(({ image, address }) => [image, address, true]),
    );
    // Only the first was touched.
    expect((await seen()).slice(1)).toEqual(before.slice(1));
    expect(await containers()).toEqual(all);
    await comesBack();
  }, 240_000);

  it("undoes what it did when it is interrupted", async () => {
    const before = await seen();
    const all = await containers();
    const upgrade = ["cluster", "upgrade", cluster, "--image", NEXT];
    const running = world().spawn([...upgrade, "--progress", "json"]);
    let told = "";
    const second = new RegExp(`"step\\.started"[^\\n]*k3d-${cluster}-server-1`);
    await new Promise<void>((resolve) => {
      running.stderr?.on("data", (chunk: Buffer) => {
        told += chunk.toString();
        if (second.test(told)) resolve();
      });
      void running.then(() => resolve());
    });
    running.kill("SIGINT");
    const { exitCode } = await running;
    expect(exitCode, told).toBe(130);
    expect(
      (await seen()).map(({ image, address, running: runs }) => [image, address, runs]),
    ).toEqual(before.map(({ image, address }) => [image, address, true]));
    expect(await containers()).toEqual(all);
    await comesBack();
    await expect
      .poll(
        async () =>
          (
            await world()
              .readyNodes()
              .catch(() => [])
          ).toSorted(),
        { timeout: 90_000 },
      )
      .toEqual(nodes().toSorted());
  }, 240_000);

  it("brings all nodes to the other image, with their names, addresses and data", async () => {
    const before = await seen();
    await world().k3d("cluster", "upgrade", cluster, "--image", NEXT);
    const after = await seen();
    expect(after.map(({ image }) => image)).toEqual(
      nodes().map(() => expect.stringContaining(NEXT)),
    );
    expect(after.map(({ address }) => address)).toEqual(before.map(({ address }) => address));
    expect((await world().readyNodes()).toSorted()).toEqual(nodes().toSorted());
    expect(await colour()).toBe("green");
    // Nothing is left to do.
    await world().k3d("cluster", "upgrade", cluster, "--image", NEXT);
    expect(await seen()).toEqual(after);
  }, 240_000);
});
