import { Readable } from "node:stream";
import type { Header } from "tar-stream";
import { readTar, tarOf } from "../archive.js";
import { ociArchive } from "../oci-archive.js";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

/** inspect, list, pull, save, load, remove. */
export function images(suite: Suite): void {
  const { expect } = suite;
  const absent = "localhost/k3d-conformance/none:1";

  suite.test(
    "inspect, by reference or id, tells id, references, size, platform and configuration, and list has the same",
    async ({ runtime, busybox }) => {
      const image = await runtime.images.inspect(busybox);
      expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(image.references).toContain(busybox);
      expect(image.size).toBeGreaterThan(0);
      expect(image.os).toBe("linux");
      expect(image.architecture).toBe((await runtime.info()).architecture);
      for (const list of [
        image.config.entrypoint,
        image.config.cmd,
        image.config.env,
        image.config.volumes,
        image.config.exposedPorts,
      ]) {
        expect(Array.isArray(list)).toBe(true);
      }
      expect(image.config.labels).toBeTypeOf("object");
      expect((await runtime.images.inspect(image.id)).references).toContain(busybox);
      const listed = (await runtime.images.list()).find(({ references }) =>
        references.includes(busybox),
      );
      expect(listed?.id).toBe(image.id);
      expect(listed?.labels).toBeTypeOf("object");
    },
  );

  suite.test("an image that is not there is IMAGE_NOT_FOUND", async ({ runtime }) => {
    await suite.rejects(runtime.images.inspect(absent), "IMAGE_NOT_FOUND");
    await suite.rejects(runtime.images.remove(absent), "IMAGE_NOT_FOUND");
  });

  suite.test(
    "save gives a docker-archive with the references",
    async ({ runtime, busybox }) => {
      const archive = await runtime.images.save([busybox]);
      // Readers ask it whether it ended, which streams of other libraries do not tell.
      expect(archive).toBeInstanceOf(Readable);
      const entries = await readTar(archive);
      expect(archive.readableEnded).toBe(true);
      const manifest = JSON.parse(entries.get("manifest.json")?.content ?? "null") as {
        RepoTags: string[];
        Config: string;
        Layers: string[];
      }[];
      expect(manifest).toHaveLength(1);
      expect(manifest[0]?.RepoTags).toHaveLength(1);
      expect(busybox.endsWith(manifest[0]?.RepoTags[0] ?? "nothing")).toBe(true);
      expect(entries.has(manifest[0]?.Config ?? "")).toBe(true);
      expect(manifest[0]?.Layers.length).toBeGreaterThan(0);
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "save of an image that is not there is IMAGE_NOT_FOUND before the first byte",
    async ({ runtime, busybox }) => {
      await suite.rejects(runtime.images.save([absent]), "IMAGE_NOT_FOUND");
      await suite.rejects(runtime.images.save([busybox, absent]), "IMAGE_NOT_FOUND");
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "what was saved can be loaded, and runs",
    async (scope) => {
      const { runtime, busybox } = scope;
      const references = await runtime.images.load(await runtime.images.save([busybox]));
      expect(references).toEqual([busybox]);
      const name = await scope.start({ args: programs.print("loaded") });
      expect(await scope.linesAfterEnd(name)).toEqual(["loaded"]);
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "load brings an image under another reference, remove takes it away",
    async (scope) => {
      const { runtime, busybox } = scope;
      const reference = `localhost/k3d-conformance/${scope.unused("image")}:1`;
      const archive = await renamed(await runtime.images.save([busybox]), reference);
      scope.defer(() => runtime.images.remove(reference, { force: true }).catch(() => undefined));
      expect(await runtime.images.load(archive)).toEqual([reference]);
      expect((await runtime.images.inspect(reference)).references).toContain(reference);
      await runtime.images.remove(reference);
      await suite.rejects(runtime.images.inspect(reference), "IMAGE_NOT_FOUND");
      await runtime.images.inspect(busybox);
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "a container starts after its image's name went to another image",
    async (scope) => {
      const { runtime, busybox } = scope;
      const reference = `localhost/k3d-conformance/${scope.unused("image")}:1`;
      const load = async (version: string): Promise<string> => {
        const archive = await runtime.images.save([busybox]);
        await runtime.images.load(await renamed(archive, reference, { version }));
        const { id } = await runtime.images.inspect(reference);
        scope.defer(() => runtime.images.remove(id, { force: true }).catch(() => undefined));
        return id;
      };
      const first = await load("1");
      const args = programs.print("of the first image");
      const started = await scope.start({ image: reference, args });
      const created = await scope.create({ image: reference, args });
      for (const name of [started, created])
        scope.defer(() => runtime.containers.remove(name, { force: true }));
      await runtime.containers.wait(started);
      expect(await load("2")).not.toBe(first);
      for (const name of [started, created]) {
        await runtime.containers.start(name);
        await runtime.containers.wait(name);
      }
      expect(await scope.linesAfterEnd(created)).toEqual(["of the first image"]);
      expect((await runtime.images.inspect(reference)).config.labels).toMatchObject({
        version: "2",
      });
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "load refuses what is no archive",
    async ({ runtime }) => {
      await suite.rejects(
        runtime.images.load(Readable.from([Buffer.from("this is no archive ".repeat(100))])),
        "INVALID_INPUT",
        "RUNTIME_ERROR",
      );
      await suite.rejects(
        runtime.images.load(tarOf([{ name: "readme", content: "no image" }])),
        "INVALID_INPUT",
        "UNSUPPORTED",
        "RUNTIME_ERROR",
      );
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "load reads an OCI-archive, or says that it cannot",
    async (scope) => {
      const { images: operations } = scope.runtime;
      const { architecture } = await scope.runtime.info();
      const loading = operations.load(
        ociArchive(`localhost/k3d-conformance/${scope.unused("image")}:1`, architecture),
      );
      const outcome = await loading.catch((error: { code?: string }) => error.code);
      if (outcome === "UNSUPPORTED") return;
      expect(outcome).toHaveLength(1);
      const [reference = ""] = outcome as string[];
      expect((await operations.inspect(reference)).config.labels).toMatchObject({ form: "oci" });
      await operations.remove(reference);
    },
    { needs: ["imageArchive"] },
  );

  suite.test(
    "pull from a registry that cannot be reached is REMOTE_UNAVAILABLE",
    async ({ runtime }) => {
      await suite.rejects(
        runtime.images.pull("registry.invalid/k3d-conformance:1"),
        "REMOTE_UNAVAILABLE",
      );
    },
    { needs: ["imagePull"] },
  );

  suite.test(
    "pull gets an image and tells its progress",
    async (scope) => {
      const reference = suite.options.images.pullable ?? "";
      scope.defer(() => scope.runtime.images.remove(reference, { force: true }));
      const messages: string[] = [];
      await scope.runtime.images.pull(reference, {
        onProgress: ({ message }) => messages.push(message),
      });
      expect(messages.length).toBeGreaterThan(0);
      expect((await scope.runtime.images.inspect(reference)).references).toContain(reference);
    },
    { needs: ["imagePull", "pullable"] },
  );

  suite.test(
    "pull of a tag that the registry does not have is IMAGE_NOT_FOUND",
    async ({ runtime }) => {
      const reference = (suite.options.images.pullable ?? "").replace(/:[^:/]*$/, ":no-such-tag");
      await suite.rejects(runtime.images.pull(reference), "IMAGE_NOT_FOUND");
    },
    { needs: ["imagePull", "pullable"] },
  );
}

/** Files that name the references, too: of Docker 1.9 and of the OCI layout that newer engines add. */
const OTHER_INDEXES = new Set(["repositories", "index.json", "oci-layout"]);

interface ArchivedConfig {
  config?: { Labels?: Record<string, string> | null };
}

/** The docker-archive of one image with another reference in it, and with further labels, which make another image of it. */
async function renamed(
  archive: Readable,
  reference: string,
  labels: Record<string, string> = {},
): Promise<Readable> {
  const { extract, pack } = await import("tar-stream");
  const { buffer } = await import("node:stream/consumers");
  const extraction = extract();
  const entries = new Map<string, { header: Header; content: Buffer }>();
  archive.pipe(extraction);
  for await (const entry of extraction)
    entries.set(entry.header.name, { header: entry.header, content: await buffer(entry) });
  const change = <T>(name: string, action: (value: T) => void): void => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`the archive has no ${name}`);
    const value = JSON.parse(entry.content.toString()) as T;
    action(value);
    const content = Buffer.from(JSON.stringify(value));
    entries.set(name, { header: { ...entry.header, size: content.length }, content });
  };
  const configs: string[] = [];
  change<{ RepoTags: string[]; Config: string }[]>("manifest.json", (manifest) => {
    for (const image of manifest) {
      image.RepoTags = [reference];
      configs.push(image.Config);
    }
  });
  if (Object.keys(labels).length > 0) {
    for (const name of configs) {
      change<ArchivedConfig>(name, (file) => {
        file.config = { ...file.config, Labels: { ...file.config?.Labels, ...labels } };
      });
    }
  }
  const result = pack();
  for (const [name, { header, content }] of entries) {
    if (!OTHER_INDEXES.has(name)) result.entry(header, content);
  }
  result.finalize();
  return Readable.from(result, { objectMode: false });
}
