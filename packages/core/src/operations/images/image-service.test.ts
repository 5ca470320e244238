import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { testCollaborators } from "../../testing/collaborators.js";
import { fakeContainerds } from "../../../test-support/containerd.js";
import { MemoryRuntime } from "../../testing/index.js";
import { ImageService } from "./image-service.js";
import type { ImageSource } from "./operations.js";

const APP = "docker.io/library/app:dev";
const OTHER = "registry.example.org/team/other:1";
const IMPORT = "ctr --namespace k8s.io images import";

interface Node {
  name: string;
  role?: string;
  cluster?: string;
  started?: boolean;
}

/** An engine with two images and nodes that keep what they import. */
async function world(nodes: readonly Node[], volumes?: Record<string, string>) {
  const runtime = new MemoryRuntime({
    images: ["k3s:1", { reference: APP, layer: Buffer.alloc(3_000_000) }, OTHER],
  });
  const { of, filesOf } = fakeContainerds(runtime, volumes);
  for (const { name, role = "server", cluster = "demo", started = true } of nodes) {
    await runtime.containers.create({
      name,
      image: "k3s:1",
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      labels: { app: "k3d", "k3d.role": role, "k3d.cluster": cluster },
    });
    if (started) await runtime.containers.start(name);
  }
  const running = new Set(["host:1:1"]);
  const deps = testCollaborators(runtime, {
    settings: { process: { id: "host:1:1", isRunning: async (id: string) => running.has(id) } },
  });
  const { told } = deps;
  const names = (node: string) => [...of(node).names.keys()].toSorted();
  const images = new ImageService(deps);
  const transfers = () =>
    runtime.calls.filter(({ operation }) => operation === "images.save").length;
  return { runtime, of, filesOf, names, told, images, transfers };
}

const image = (reference: string): ImageSource => ({ kind: "image", reference });
const archive = (name: string, open: () => Promise<Readable>): ImageSource => ({
  kind: "archive",
  name,
  open,
});
const both: Node[] = [
  { name: "s0" },
  { name: "a0", role: "agent" },
  { name: "lb", role: "loadbalancer" },
];

describe("images of the engine", () => {
  it("are read once and written to every server and agent", async () => {
    const w = await world(both);
    const { nodes } = await w.images.import(["demo"], [image("app:dev"), image(OTHER)]);
    expect(nodes).toEqual(
      ["s0", "a0"].map((node) => ({
        node,
        cluster: "demo",
        imported: [APP, OTHER],
        present: [],
        sent: expect.any(Number) as number,
      })),
    );
    expect(["s0", "a0", "lb"].map((node) => w.names(node))).toEqual([
      [APP, OTHER],
      [APP, OTHER],
      [],
    ]);
    expect(w.transfers()).toBe(1);
    const progress = w.told.find(
      (event) => event.type === "step.progress" && event.id === "image:import:a0",
    );
    expect(progress).toMatchObject({
      title: `Import ${APP}, ${OTHER} into a0`,
      message: expect.stringMatching(/^\d.* of 3\.0 MB/),
    });
  });

  it("are left out where a node has them by name and content", async () => {
    const w = await world(both);
    await w.images.import(["demo"], [image("app:dev")]);
    w.of("a0").names.set(APP, "sha256:another");
    const { nodes } = await w.images.import(["demo"], [image("app:dev"), image("app:dev")]);
    expect(nodes).toMatchObject([
      { node: "s0", cluster: "demo", imported: [], present: [APP], sent: 0 },
      { node: "a0", cluster: "demo", imported: [APP], present: [] },
    ]);
    expect(w.of("a0").names.get(APP)).toBe(w.of("s0").names.get(APP));
    await w.images.import(["demo"], [image("app:dev")]);
    expect(w.transfers()).toBe(2);
  });

  it("that are there cost one look at the engine's nodes and images, and one command in each node", async () => {
    const w = await world(both);
    await w.images.import(["demo"], [image("app:dev")]);
    const before = w.runtime.calls.length;
    await w.images.import(["demo"], [image("app:dev")]);
    const asked = w.runtime.calls.slice(before).map(({ operation }) => operation);
    expect(asked.toSorted()).toEqual([
      "containers.exec",
      "containers.exec",
      // The cluster's hooks.
      "containers.getArchive",
      "containers.list",
      "images.inspect",
    ]);
  });

  it("go to several clusters in one reading", async () => {
    const w = await world([{ name: "s0" }, { name: "t0", cluster: "test" }]);
    await w.images.import(["demo", "test"], [image(OTHER)]);
    expect([w.names("s0"), w.names("t0"), w.transfers()]).toEqual([[OTHER], [OTHER], 1]);
  });

  it("go by their tags when an id names them", async () => {
    const w = await world([{ name: "s0" }]);
    const { id } = await w.runtime.images.inspect(OTHER);
    await w.images.import(["demo"], [image(id)]);
    expect(w.names("s0")).toEqual([OTHER]);
  });

  it("are known by their digest where one names them, and by nothing else", async () => {
    const w = await world([{ name: "s0" }]);
    const info = await w.runtime.images.inspect(APP);
    const { id } = info;
    const digest = `docker.io/library/app@sha256:${"12".repeat(32)}`;
    w.runtime.images.inspect = async () => info;
    await w.images.import(["demo"], [image(`app:dev@sha256:${"12".repeat(32)}`)]);
    expect([...w.of("s0").names]).toEqual([[digest, id]]);
    const again = await w.images.import(["demo"], [image(digest)]);
    expect(again.nodes).toMatchObject([{ imported: [], present: [digest] }]);
  });

  it("send no layer that a node has, and all of it where it only seemed so", async () => {
    const w = await world(both);
    await w.images.import(["demo"], [image(APP)]);
    w.runtime.addImage({ reference: "app:2", cmd: ["new"], layer: Buffer.alloc(3_000_000) });
    w.runtime.addImage({ reference: "app:3", layer: Buffer.alloc(3_000_000, "x") });
    const [sparing, whole] = [
      await w.images.import(["demo"], [image("app:2")]),
      await w.images.import(["demo"], [image("app:3")]),
    ];
    expect(sparing.nodes.map(({ sent }) => sent < 10_000)).toEqual([true, true]);
    expect(whole.nodes.map(({ sent }) => sent > 3_000_000)).toEqual([true, true]);
    expect(w.names("a0")).toEqual([2, 3, "dev"].map((tag) => `docker.io/library/app:${tag}`));
  });

  it("send no small layer either that a node has, also from what can be read but once", async () => {
    const w = await world(both);
    w.runtime.addImage({ reference: "small:1", layer: Buffer.alloc(200_000) });
    w.runtime.addImage({ reference: "small:2", cmd: ["new"], layer: Buffer.alloc(200_000) });
    w.runtime.addImage({ reference: "small:3", layer: Buffer.alloc(200_000, "x") });
    const sent: boolean[] = [];
    for (const reference of ["small:1", "small:2", "small:3"]) {
      const stream = archive("-", () => w.runtime.images.save([reference]));
      const { nodes } = await w.images.import(["demo"], [stream]);
      sent.push(nodes.every((node) => node.sent > 200_000));
    }
    expect(sent).toEqual([true, false, true]);
    expect(w.names("a0")).toEqual([1, 2, 3].map((tag) => `docker.io/library/small:${tag}`));
  });

  it("are sent again whole where what was spared is gone", async () => {
    const w = await world([{ name: "s0" }]);
    await w.images.import(["demo"], [image(APP)]);
    w.runtime.addImage({ reference: "app:2", cmd: ["new"], layer: Buffer.alloc(3_000_000) });
    const { blobs } = w.of("s0");
    const had = blobs.has.bind(blobs);
    blobs.has = (digest) => (blobs.get(digest)?.length === 3_000_000 ? false : had(digest));
    await w.images.import(["demo"], [image("app:2")]);
    expect(w.names("s0")).toContain("docker.io/library/app:2");
  });

  it("are written to nodes that do not tell what they have", async () => {
    const w = await world([{ name: "s0" }]);
    w.runtime.onExec("s0", /crictl/, () => 1);
    await w.images.import(["demo"], [image(APP)]);
    expect(w.names("s0")).toEqual([APP]);
  });
});

describe("archives", () => {
  it("are written to every node, after the images", async () => {
    const w = await world(both);
    const saved = archive("app.tar", () => w.runtime.images.save([APP]));
    const { nodes } = await w.images.import(["demo"], [saved, image(OTHER)]);
    expect(nodes.map(({ imported }) => imported)).toEqual([
      [OTHER, APP],
      [OTHER, APP],
    ]);
    expect([w.names("s0"), w.names("a0")]).toEqual([
      [APP, OTHER],
      [APP, OTHER],
    ]);
  });

  it("that are none, or cannot be read, leave the nodes as they were", async () => {
    const w = await world(both);
    const text = archive("notes", async () => Readable.from(["some text"], { objectMode: false }));
    await expect(w.images.import(["demo"], [text])).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "notes is not an image archive",
    });
    const gone = archive("gone", async () => createReadStream("/nonexistent/app.tar"));
    await expect(w.images.import(["demo"], [gone])).rejects.toThrow("ENOENT");
    expect([w.names("s0"), w.names("a0")]).toEqual([[], []]);
  });
});

describe("nodes that share the image volume", () => {
  const shared = { s0: "v", a0: "v" };

  it("read one file, which is gone afterwards", async () => {
    const w = await world(both, shared);
    w.filesOf("s0").set("/k3d/images/k3d-import-686f73743a323a32-00.tar", []);
    w.filesOf("s0").set("/k3d/images/k3d-import-686f73743a313a31-00.tar", []);
    await w.images.import(["demo"], [image(APP)]);
    expect([w.names("s0"), w.names("a0")]).toEqual([[APP], [APP]]);
    expect(w.of("a0").imports).toEqual([["ctr", "--namespace", "k8s.io", "images", "import"]]);
    // Of two earlier imports one goes on; the other was killed.
    expect([...w.filesOf("s0").keys()]).toEqual(["/k3d/images/k3d-import-686f73743a313a31-00.tar"]);
    expect(w.told.filter(({ type }) => type === "step.finished")).toHaveLength(2);
  });

  it("are streamed to where the mode asks for it", async () => {
    const w = await world(both, shared);
    await w.images.import(["demo"], [image(APP)], { mode: "direct" });
    expect([w.of("s0").imports, w.of("a0").imports]).toEqual([[["-"]], [["-"]]]);
  });

  it("keep the file where they are asked to, and need a volume for it", async () => {
    const w = await world(both, shared);
    const options = { mode: "tools-node", keepTarball: true } as const;
    await w.images.import(["demo"], [image(APP)], options);
    expect([...w.filesOf("s0").keys()]).toEqual([
      expect.stringMatching(/^\/k3d\/images\/k3d-demo-images-\d{14}\.tar$/),
    ]);
    const without = await world(both);
    await expect(
      without.images.import(["demo"], [image(APP)], { mode: "tools-node" }),
    ).rejects.toMatchObject({ message: "There is no image volume in s0, a0" });
  });

  it("have nothing of an archive that is refused", async () => {
    const w = await world(both, shared);
    const saved = archive("app.tar", () => w.runtime.images.save([OTHER]));
    await expect(
      w.images.import(["demo"], [saved], { platform: "linux/s390x" }),
    ).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: `Image ${OTHER} is for linux/amd64, not for linux/s390x`,
    });
    expect([w.names("s0"), w.names("a0"), w.filesOf("s0").size]).toEqual([[], [], 0]);
  });

  it("get streams where the file cannot be written", async () => {
    const w = await world(both, shared);
    w.runtime.onExec("s0", /echo made/, async ({ print }) => {
      await print("sh: can't create: Read-only file system", "stderr");
      return 1;
    });
    await w.images.import(["demo"], [image(APP)]);
    expect([w.names("s0"), w.names("a0")]).toEqual([[APP], [APP]]);
  });
});

describe("refusals", () => {
  it.each([
    ["a cluster that is not there", "nope", APP, "NOT_FOUND", "Cluster 'nope' does not exist"],
    [
      "a cluster that is stopped",
      "off",
      APP,
      "CONTAINER_FAILED",
      "No node of cluster 'off' is running",
    ],
    ["an image that is not there", "demo", "none:1", "IMAGE_NOT_FOUND", "none:1"],
    ["a name that is none", "demo", "NO/Such", "INVALID_INPUT", "NO/Such"],
  ])("%s", async (_, cluster, reference, code, message) => {
    const w = await world([{ name: "s0" }, { name: "o0", cluster: "off", started: false }]);
    await expect(w.images.import([cluster], [image(reference), image(APP)])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(w.transfers()).toBe(0);
  });

  it("names an image of the same name in another registry", async () => {
    const w = await world([{ name: "s0" }]);
    w.runtime.addImage("localhost/mine:1");
    await expect(w.images.import(["demo"], [image("mine:1")])).rejects.toMatchObject({
      hint: "There is localhost/mine:1: give the full name.",
    });
  });
});

describe("nodes that fail", () => {
  it("are named, while the others get everything", async () => {
    const w = await world([...both, { name: "b0", role: "agent", started: false }]);
    w.runtime.onExec("a0", IMPORT, async ({ stdin, print }) => {
      for await (const _ of stdin) break;
      await print("ctr: failed to dial", "stderr");
      return 1;
    });
    await expect(w.images.import(["demo"], [image(APP)])).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "Importing failed on 2 of 3 nodes: b0: it is created; a0: failed to dial",
      hint: expect.stringContaining("The others have everything"),
      details: { failures: [{ node: "b0" }, { node: "a0", exitCode: 1 }] },
    });
    expect(w.names("s0")).toEqual([APP]);
  });

  it("for a full disk have a code of their own", async () => {
    const w = await world([{ name: "s0" }]);
    w.runtime.onExec("s0", IMPORT, async ({ print }) => {
      await print("ctr: write /var/lib/x: no space left on device", "stderr");
      return 1;
    });
    await expect(w.images.import(["demo"], [image(APP)])).rejects.toMatchObject({
      code: "NO_SPACE",
    });
  });

  it("end with the command when it is interrupted", async () => {
    const w = await world([{ name: "s0" }]);
    const stop = new AbortController();
    w.runtime.onExec("s0", IMPORT, async ({ signalled }) => {
      stop.abort();
      await signalled;
      return 1;
    });
    await expect(
      w.images.import(["demo"], [image(APP)], { signal: stop.signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
  });
});
