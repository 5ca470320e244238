import { access, constants, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CountedSocket } from "../support/counted-socket.js";
import { type ImageArchive, imageArchive } from "../support/image-archive.js";
import { imagesOfNode } from "../support/node-images.js";
import { onEveryEngine } from "../support/suite.js";

interface NodeImages {
  node: string;
  sent: number;
}

const MB = 1_000_000;
/** Whether an engine's volume is on this machine, and this user's to write. */
async function isOurs(volume: string): Promise<boolean> {
  const format = "{{.Mountpoint}}";
  const { stdout } = await execa("docker", ["volume", "inspect", "--format", format, volume]);
  return access(stdout.trim(), constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** All that is asked and answered beside the images: requests, and what asks the nodes for what they have. */
const TALK = 0.3 * MB;
const IN_MEMORY = ["--opt", "type=tmpfs", "--opt", "device=tmpfs"];
const socket = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

onEveryEngine("images that share layers", (world, engine) => {
  /** What goes to the engine can be counted where it is a stream of ours. */
  let counted: CountedSocket | undefined;
  beforeAll(async () => {
    if (engine.name !== "docker" || !socket.startsWith("unix://")) return;
    const path = join(world().home, "counted.sock");
    counted = await CountedSocket.listen(path, socket.slice("unix://".length));
  });
  afterAll(() => counted?.close());

  describe.each([
    { servers: 1, agents: 0, own: false },
    { servers: 3, agents: 2, own: false },
    // Of a volume that is a file system in memory the engine tells a directory, and the nodes another one.
    ...(engine.name === "docker" ? [{ servers: 1, agents: 1, own: true }] : []),
  ])("into $servers servers and $agents agents, volume of one's own: $own", (shape) => {
    const { servers, agents, own } = shape;
    let name: string;
    let nodes: string[];
    beforeAll(async () => {
      name = world().name("shape");
      nodes = [
        ...Array.from({ length: servers }, (_, at) => `k3d-${name}-server-${at}`),
        ...Array.from({ length: agents }, (_, at) => `k3d-${name}-agent-${at}`),
      ];
      const size = ["--servers", String(servers), "--agents", String(agents)];
      if (own) await execa("docker", ["volume", "create", ...IN_MEMORY, name]);
      const volume = own ? ["--image-volume", name] : [];
      await world().k3d("cluster", "create", name, ...size, ...volume, "--no-lb");
    }, 240_000);
    afterAll(async () => {
      await world().k3d("cluster", "delete", name);
      if (own) await execa("docker", ["volume", "rm", name]);
    });

    /** What k3d says of each node, and what went over the engine's socket, in bytes. */
    const bring = async (
      files: readonly string[],
    ): Promise<{ said: NodeImages[]; wire: number | undefined }> => {
      if (counted !== undefined) counted.sent = 0;
      const { exitCode, stdout, stderr } = await world().run(
        ["image", "import", ...files, "-c", name, "--json"],
        counted === undefined ? {} : { env: { DOCKER_HOST: counted.host } },
      );
      expect(exitCode, stderr).toBe(0);
      return { said: JSON.parse(stdout) as NodeImages[], wire: counted?.sent };
    };
    const expectSent = async (
      { said, wire }: Awaited<ReturnType<typeof bring>>,
      bytes: number,
    ): Promise<void> => {
      expect(said.map(({ node }) => node)).toEqual(nodes);
      for (const { sent } of said) {
        expect(sent).toBeGreaterThanOrEqual(bytes);
        expect(sent).toBeLessThan(bytes + TALK);
      }
      if (wire === undefined) return;
      // Nodes that share the image volume read what was written there once, past the engine where that can be.
      const past = nodes.length > 1 && !own && (await isOurs(`k3d-${name}-images`));
      const carried = past ? 0 : bytes;
      expect(wire).toBeGreaterThanOrEqual(carried);
      expect(wire).toBeLessThan(carried + TALK + nodes.length * 0.05 * MB);
    };

    it.each([1, 10])(
      "%i: all digests in every node, nothing twice, and of a new top layer only that",
      async (count) => {
        const references = Array.from(
          { length: count },
          (_, at) => `docker.io/library/of-${count}-${at}:1`,
        );
        const base = await imageArchive("base:1", 3 * MB);
        const make = (): Promise<ImageArchive[]> =>
          Promise.all(
            references.map((reference) => imageArchive(reference, 0.2 * MB, base.layers)),
          );
        const write = async (images: readonly ImageArchive[]): Promise<string[]> => {
          const files = images.map((_, at) => join(world().home, `${name}-${count}-${at}.tar`));
          await Promise.all(files.map((file, at) => writeFile(file, images[at]?.content ?? "")));
          return files;
        };
        const expectThere = async (images: readonly ImageArchive[]): Promise<void> => {
          for (const node of nodes) {
            const there = await imagesOfNode(engine, node);
            expect(references.map((reference) => there[reference])).toEqual(
              images.map(({ id }) => id),
            );
          }
        };
        const first = await make();
        const files = await write(first);
        await expectSent(await bring(files), 3 * MB + count * 0.2 * MB);
        await expectThere(first);

        await expectSent(await bring(files), 0);

        const changed = await make();
        await write(changed);
        await expectSent(await bring(files), count * 0.2 * MB);
        await expectThere(changed);
      },
      180_000,
    );
  });
});
