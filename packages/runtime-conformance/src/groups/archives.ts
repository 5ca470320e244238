import { Readable } from "node:stream";
import { readTar, tarOf } from "../archive.js";
import { programs } from "../programs.js";
import type { Scope } from "../scope.js";
import type { Suite } from "../suite.js";

/** A directory with a file and a link, each of somebody's own. */
const ownedTree = (name: string): Readable =>
  tarOf([
    { name, type: "directory", mode: 0o750, uid: 12, gid: 34 },
    { name: `${name}/file`, content: "text", mode: 0o640, uid: 56, gid: 78 },
    { name: `${name}/link`, type: "symlink", linkname: "file" },
  ]);

/** putArchive and getArchive. */
export function archives(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "files can be put into a container and got from it before its first start, while it runs, and once it has stopped",
    async (scope) => {
      const { containers } = scope.runtime;
      const name = await scope.create();
      await containers.putArchive(
        name,
        "/etc",
        tarOf([
          { name: "tree", type: "directory", mode: 0o755 },
          { name: "tree/a", content: "A", mode: 0o600 },
          { name: "tree/sub", type: "directory", mode: 0o755 },
          { name: "tree/sub/b", content: "B" },
        ]),
      );
      const entries = await readTar(await containers.getArchive(name, "/etc/tree"));
      expect([...entries.keys()].toSorted()).toEqual(["tree", "tree/a", "tree/sub", "tree/sub/b"]);
      expect(entries.get("tree/sub/b")?.content).toBe("B");
      expect((entries.get("tree/a")?.header.mode ?? 0) & 0o777).toBe(0o600);
      await containers.start(name);
      expect(await scope.output(name, programs.read("/etc/tree/a"))).toBe("A");
      await scope.output(name, programs.write("/last-words", "bye"));
      await containers.stop(name);
      const got = await readTar(await containers.getArchive(name, "/last-words"));
      expect(got.get("last-words")?.content).toBe("bye");
    },
  );

  suite.test(
    "what is put at the root before the first start is found in volumes below it, also by names and times that need pax records",
    async (scope) => {
      const { containers } = scope.runtime;
      const mounts = [
        { type: "volume" as const, destination: "/kept" },
        { type: "volume" as const, source: await scope.volume(), destination: "/kept/deeper" },
      ];
      const name = await scope.create({ mounts });
      const long = `${"d".repeat(90)}/${"f".repeat(90)}`;
      const files = ["kept/plain", "kept/ä ü", `kept/${long}`, "kept/deeper/1.5"];
      const entries = files.map((path) => ({
        name: path,
        content: path,
        pax: { path, mtime: "1700000000.5" },
      }));
      await containers.putArchive(name, "/", tarOf(entries));
      await containers.start(name);
      for (const path of files)
        expect(await scope.output(name, programs.read(`/${path}`))).toBe(path);
    },
    { needs: ["volumes"] },
  );

  suite.test("owners, modes, directories and links are kept", async (scope) => {
    const name = await scope.idle();
    await scope.runtime.containers.putArchive(name, "/tmp", ownedTree("dir"));
    expect(await scope.output(name, programs.stat("/tmp/dir", "/tmp/dir/file"))).toBe(
      "750 12 34\n640 56 78",
    );
    expect(await scope.output(name, programs.readLink("/tmp/dir/link"))).toBe("file");
  });

  suite.test("an existing file is replaced", async (scope) => {
    const name = await scope.idle();
    for (const content of ["a longer first text", "second"]) {
      await scope.runtime.containers.putArchive(
        name,
        "/tmp",
        tarOf([{ name: "replaced", content }]),
      );
      expect(await scope.output(name, programs.read("/tmp/replaced"))).toBe(content);
    }
  });

  suite.test("a file can be got", async (scope) => {
    const name = await scope.idle();
    await scope.output(name, programs.write("/tmp/file", "content"));
    const archive = await scope.runtime.containers.getArchive(name, "/tmp/file");
    expect(archive).toBeInstanceOf(Readable);
    const entries = await readTar(archive);
    expect(archive.readableEnded).toBe(true);
    expect([...entries.keys()]).toEqual(["file"]);
    expect(entries.get("file")?.content).toBe("content");
  });

  suite.test("what is got can be put elsewhere", async (scope) => {
    const from = await scope.idle();
    const to = await scope.create();
    await scope.output(from, programs.write("/tmp/moved", "moved"));
    await scope.runtime.containers.putArchive(
      to,
      "/tmp",
      await scope.runtime.containers.getArchive(from, "/tmp/moved"),
    );
    await scope.runtime.containers.start(to);
    expect(await scope.output(to, programs.read("/tmp/moved"))).toBe("moved");
  });

  const tellsOwners = async (scope: Scope): Promise<void> => {
    const name = await scope.idle();
    await scope.runtime.containers.putArchive(name, "/tmp", ownedTree("owned"));
    const got = await readTar(await scope.runtime.containers.getArchive(name, "/tmp/owned"));
    const owners = [...got].map(([path, { header }]) => [path, header.uid, header.gid]);
    expect(Object.fromEntries(owners.map(([path, ...owner]) => [path, owner]))).toMatchObject({
      owned: [12, 34],
      "owned/file": [56, 78],
    });
  };
  suite.test("what is got tells whose it is", tellsOwners, { needs: ["archiveOwners"] });

  suite.test("a path that is not there is NOT_FOUND", async (scope) => {
    const name = await scope.idle();
    await suite.rejects(scope.runtime.containers.getArchive(name, "/no/such/file"), "NOT_FOUND");
  });

  suite.test("an archive that fails half-way rejects and does not hang", async (scope) => {
    const name = await scope.idle();
    const broken = new Readable({ read: () => undefined });
    broken.push(Buffer.alloc(100, 1));
    const put = scope.runtime.containers.putArchive(name, "/tmp", broken);
    broken.destroy(new Error("the source broke"));
    await expect(put).rejects.toMatchObject({ name: "K3dError" });
    expect(await scope.output(name, programs.print("alive"))).toBe("alive");
  });
}
