import {
  chmod,
  lstat,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { KubeconfigDocument } from "./document.js";
import { apiUrl, kubeconfigEntries } from "./entries.js";
import { fileKubeconfigStore } from "./file.js";

const entries = (name: string, server = "https://127.0.0.1:6550") => ({
  contextName: `k3d-${name}`,
  userName: `admin@k3d-${name}`,
  cluster: { server, "certificate-authority-data": "Y2E=" },
  user: { "client-certificate-data": "Y2VydA==", "client-key-data": "a2V5" },
});

const FOREIGN = `# mine
apiVersion: v1
kind: Config
clusters:
  - name: prod # do not touch
    cluster: { server: https://prod.example, proxy-url: http://proxy }
contexts:
  - name: prod
    context: { cluster: prod, user: me, namespace: web }
users:
  - name: me
    user: { exec: { command: aws } }
current-context: prod
preferences: {}
`;

describe("KubeconfigDocument", () => {
  it("adds a cluster and leaves the rest as it was, comments too", async () => {
    const document = await KubeconfigDocument.parse(FOREIGN, "test");
    document.put(entries("a"));
    const text = document.toString();
    expect(text).toContain("# mine");
    expect(text).toContain("# do not touch");
    const before = parse(FOREIGN) as { clusters: unknown[]; contexts: unknown[]; users: unknown[] };
    const after = parse(text) as typeof before & { "current-context": string };
    expect(after.clusters).toEqual([
      ...before.clusters,
      { name: "k3d-a", cluster: entries("a").cluster },
    ]);
    expect(after.contexts).toEqual([
      ...before.contexts,
      { name: "k3d-a", context: { cluster: "k3d-a", user: "admin@k3d-a" } },
    ]);
    expect(after["current-context"]).toBe("prod");
  });

  it("removes exactly what it added, and goes back to the context before", async () => {
    const document = await KubeconfigDocument.parse(FOREIGN, "test");
    document.put(entries("a"));
    document.switchTo("k3d-a");
    expect(document.currentContext).toBe("k3d-a");
    expect(document.remove("k3d-a", "admin@k3d-a")).toEqual(["k3d-a", "admin@k3d-a"]);
    expect(parse(document.toString())).toEqual(parse(FOREIGN));
    expect(document.remove("k3d-a", "admin@k3d-a")).toEqual([]);
  });

  it("has no current context where the one before is not known, or is gone", async () => {
    const document = await KubeconfigDocument.parse(FOREIGN, "test");
    document.put(entries("a"));
    document.currentContext = "k3d-a";
    document.remove("k3d-a", "admin@k3d-a");
    expect(document.currentContext).toBeUndefined();
    document.put(entries("a"));
    document.put(entries("b"));
    document.currentContext = "vanished";
    document.switchTo("k3d-a");
    document.remove("k3d-a", "admin@k3d-a");
    expect(document.currentContext).toBeUndefined();
    expect(document.names("contexts")).toEqual(["prod", "k3d-b"]);
  });

  it("goes back over clusters that are gone, and keeps what it noted when an entry is renewed", async () => {
    const document = await KubeconfigDocument.parse(FOREIGN, "test");
    for (const name of ["a", "b"]) {
      document.put(entries(name));
      document.switchTo(`k3d-${name}`);
    }
    document.remove("k3d-a", "admin@k3d-a");
    expect(document.currentContext).toBe("k3d-b");
    document.put(entries("b"), false);
    document.put(entries("b", "https://127.0.0.1:7000"));
    document.switchTo("k3d-b");
    document.remove("k3d-b", "admin@k3d-b");
    expect(document.currentContext).toBe("prod");
  });

  it.each([
    ["a file of its own", ""],
    ["one that kubectl made", 'apiVersion: v1\nkind: Config\ncurrent-context: ""\n'],
  ])("names the current context as scripts read it, in %s", async (_case, text) => {
    const document = await KubeconfigDocument.parse(text, "test");
    document.put(entries("a"));
    document.switchTo("k3d-a");
    expect(document.toString()).toMatch(/^current-context: k3d-a$/m);
    document.remove("k3d-a", "admin@k3d-a");
    expect(document.toString()).toMatch(/^current-context: ""$/m);
  });

  it("replaces an older entry, or refuses to", async () => {
    const document = await KubeconfigDocument.parse(FOREIGN, "test");
    document.put(entries("a"));
    expect(() => document.put(entries("a", "https://127.0.0.1:7000"), false)).toThrow(
      expect.objectContaining({ code: "ALREADY_EXISTS" }),
    );
    document.put(entries("a"), false);
    document.put(entries("a", "https://127.0.0.1:7000"));
    expect(document.toString()).toContain("https://127.0.0.1:7000");
  });

  it.each([
    ["kind: Secret\n", "it is another kind of object"],
    ["kind: Config\n---\nkind: Config\n", "it holds several YAML documents"],
  ])("says why %j is none", async (text, reason) => {
    await expect(KubeconfigDocument.parse(text, "x")).rejects.toThrow(
      `'x' is not a kubeconfig: ${reason}`,
    );
  });

  it.each(["a: [", "just text", "- list", "clusters: text\n"])(
    "refuses what is not a kubeconfig: %s",
    async (text) => {
      const work = KubeconfigDocument.parse(text, "broken").then((document) =>
        document.put(entries("a")),
      );
      await expect(work).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    },
  );

  it.each([
    "",
    " \n",
    "null\n",
    "# nothing yet\n",
    "---\n",
    "apiVersion: v1\nkind: Config\nclusters: null\ncontexts:\nusers: []\n",
  ])("takes an empty one", async (text) => {
    const document = await KubeconfigDocument.parse(text, "empty");
    document.put(entries("a"));
    expect(document.names("contexts")).toEqual(["k3d-a"]);
  });
});

describe("fileKubeconfigStore", () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "k3d-kubeconfig-"))));
  afterEach(() => rm(directory, { recursive: true }));

  it("takes the first file of KUBECONFIG, else the one in the home directory", () => {
    expect(fileKubeconfigStore({ KUBECONFIG: "/a:/b" }, "/home/me").defaultPath).toBe("/a");
    expect(fileKubeconfigStore({}, "/home/me").defaultPath).toBe("/home/me/.kube/config");
  });

  it("creates the file with mode 0600 and leaves no lock or temporary file", async () => {
    const path = join(directory, "new", "config");
    await fileKubeconfigStore({}, directory).update(
      path,
      (document) => (document.put(entries("a")), true),
    );
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(directory, "new"))).toEqual(["config"]);
  });

  it("keeps a symbolic link, and the keys from others who could read the file", async () => {
    const real = join(directory, "real");
    const link = join(directory, "link");
    await writeFile(real, FOREIGN);
    await chmod(real, 0o640);
    await symlink("real", link);
    await fileKubeconfigStore({}, directory).update(
      link,
      (document) => (document.put(entries("a")), true),
    );
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await stat(real)).mode & 0o777).toBe(0o600);
    expect(await readFile(real, "utf8")).toContain("k3d-a");
  });

  it("does not write when nothing changed or the change throws", async () => {
    const path = join(directory, "config");
    await writeFile(path, FOREIGN);
    const store = fileKubeconfigStore({}, directory);
    await store.update(path, (document) => document.remove("k3d-a", "admin@k3d-a").length > 0);
    await expect(
      store.update(path, () => {
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await readFile(path, "utf8")).toBe(FOREIGN);
    expect(await readdir(directory)).toEqual(["config"]);
  });

  it("keeps every one of twenty changes made at once", async () => {
    const path = join(directory, "config");
    const store = fileKubeconfigStore({}, directory);
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map((name) => store.update(path, (document) => (document.put(entries(name)), true))),
    );
    const document = await KubeconfigDocument.parse(await readFile(path, "utf8"), path);
    expect(document.names("clusters").sort()).toEqual(names.map((name) => `k3d-${name}`).sort());
  });
});

describe("kubeconfigEntries", () => {
  it("takes certificates over and sets the client's address", async () => {
    const k3s = `clusters: [{name: default, cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: Y2E=}}]
users: [{name: default, user: {client-certificate-data: Y2VydA==, client-key-data: a2V5}}]`;
    expect(await kubeconfigEntries(k3s, "a", "https://127.0.0.1:6550")).toEqual(entries("a"));
    await expect(kubeconfigEntries("clusters: []", "a", "x")).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
    });
  });

  it("reaches wildcard addresses over loopback and brackets IPv6", () => {
    expect(apiUrl("0.0.0.0", 6443)).toBe("https://127.0.0.1:6443");
    expect(apiUrl("::1", 6443)).toBe("https://[::1]:6443");
    expect(apiUrl("k3d.example", 1)).toBe("https://k3d.example:1");
  });
});
