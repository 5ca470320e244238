import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imagesOfNode } from "../support/node-images.js";
import { onEveryEngine } from "../support/suite.js";

/** An image that every builder has here; the set-up of the tests names it. */
const BASE = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";

const succeeds = async (command: string, ...args: string[]): Promise<boolean> =>
  (await execa(command, args, { reject: false })).exitCode === 0;

/** What each builder has to have for these tests. */
const BUILDERS = {
  docker: await succeeds("docker", "image", "inspect", BASE),
  podman: await succeeds("podman", "image", "exists", BASE),
  buildah: await succeeds("buildah", "inspect", "--type", "image", BASE),
};
const takesSecrets = {
  docker: await succeeds("docker", "buildx", "version"),
  podman: true,
  buildah: true,
};

interface Built {
  image: string;
  builder: string;
  nodes?: { node: string; imported: string[]; sent: number }[];
}

onEveryEngine("image build", (world, engine) => {
  let cluster: string;
  let registry: string;
  let context: string;
  const nodes = (): string[] => [`k3d-${cluster}-server-0`, `k3d-${cluster}-agent-0`];

  beforeAll(async () => {
    cluster = world().name("build");
    registry = `${cluster}-registry`;
    await world().k3d(
      ..."cluster create --agents 1 --registry-create".split(" "),
      registry,
      cluster,
    );
    context = join(world().home, "context");
    await mkdir(context);
    await writeFile(join(context, "word"), "open sesame");
    const files = {
      Dockerfile: ["ARG VERSION", "COPY word /word-$VERSION"],
      "Dockerfile.secret": ["RUN --mount=type=secret,id=word cp /run/secrets/word /copied"],
      "Dockerfile.broken": ["COPY no-such-file /"],
    };
    for (const [name, lines] of Object.entries(files))
      await writeFile(join(context, name), [`FROM ${BASE}`, ...lines].join("\n"));
  }, 120_000);
  afterAll(async () => {
    await world().k3d("cluster", "delete", cluster);
    for (const { builder, image } of built)
      await execa(builder, ["rmi", "--force", image], { reject: false });
  });

  const built: { builder: string; image: string }[] = [];
  const command = (builder: string, tag: string, ...args: string[]): string[] => {
    built.push({ builder, image: tag });
    return ["image", "build", context, "-c", cluster, "--builder", builder, "-t", tag, ...args];
  };

  describe.each(Object.keys(BUILDERS) as (keyof typeof BUILDERS)[])("with %s", (builder) => {
    it.runIf(BUILDERS[builder])(
      "brings it into every node, and then only what is new",
      async () => {
        const tag = `docker.io/library/built-${builder}`;
        const build = (version: number): Promise<Built> =>
          world().json<Built>(
            ...command(builder, `${tag}:${version}`, "--build-arg", `VERSION=${version}`),
          );
        const first = await build(1);
        expect(first).toMatchObject({
          image: `${tag}:1`,
          builder,
          nodes: nodes().map((node) => ({ node, imported: [`${tag}:1`] })),
        });
        const second = await build(2);
        for (const { sent } of second.nodes ?? []) expect(sent).toBeLessThan(1_000_000);
        const ids = await Promise.all(nodes().map((node) => imagesOfNode(engine, node)));
        for (const version of [1, 2]) {
          const [one, other] = ids.map((of) => of[`${tag}:${version}`]);
          expect(one).toMatch(/^sha256:/);
          expect(other).toBe(one);
        }
        expect(ids[0]?.[`${tag}:1`]).not.toBe(ids[0]?.[`${tag}:2`]);
      },
    );

    it.runIf(BUILDERS[builder])("pushes it to the cluster's registry", async () => {
      const pushed = await world().json<Built>(
        ...command(builder, `pushed-${builder}:1`, "--push"),
      );
      expect(pushed.nodes).toBeUndefined();
      const [, port, name] = /^[^:]+:(\d+)\/(.+):1$/.exec(pushed.image) ?? [];
      built.push({ builder, image: `localhost:${port}/${name}:1` });
      const answer = await fetch(`http://localhost:${port}/v2/${name}/tags/list`);
      expect(await answer.json()).toEqual({ name: `pushed-${builder}`, tags: ["1"] });
      await engine.client("exec", nodes()[1] as string, "crictl", "pull", pushed.image);
    });

    it.runIf(BUILDERS[builder])("gives secrets to the build, or says that it cannot", async () => {
      const file = join(context, "Dockerfile.secret");
      const secret = ["--secret", `id=word,src=${join(context, "word")}`];
      const result = await world().run(
        command(builder, `secret-${builder}:1`, "--file", file, ...secret),
      );
      if (takesSecrets[builder]) expect(result.exitCode, result.stderr).toBe(0);
      else {
        expect(result.exitCode).toBe(8);
        expect(result.stderr).toContain("takes no secrets without BuildKit");
      }
    });

    it.runIf(BUILDERS[builder])(
      "tells what the builder says when it fails, and imports nothing",
      async () => {
        const before = await imagesOfNode(engine, nodes()[0] as string);
        const file = join(context, "Dockerfile.broken");
        const { exitCode, stderr } = await world().run(
          command(builder, `broken-${builder}:1`, "--file", file),
        );
        expect(exitCode).not.toBe(0);
        expect(stderr).toMatch(/no-such-file/);
        expect(stderr.trim().split("\n").slice(-2).join("\n")).toMatch(/^Error: .* failed/);
        expect(await imagesOfNode(engine, nodes()[0] as string)).toEqual(before);
      },
    );
  });
});
