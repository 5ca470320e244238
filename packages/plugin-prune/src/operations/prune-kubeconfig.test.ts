import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LONG_AGO, pruneWorld, wholeCluster } from "../../test-support/prune-world.js";
import type { PruneKind } from "./operations.js";

describe("kubeconfig", () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "k3d-prune-"));
  });
  afterEach(() => rm(home, { recursive: true }));

  const KUBE: PruneKind[] = ["kubeconfig", "file"];

  function config(...contexts: { name: string; user?: string; server?: string }[]): string {
    const lines = ["apiVersion: v1", "kind: Config", "current-context: ''", "clusters:"];
    for (const { name, server = "https://127.0.0.1:1" } of contexts)
      lines.push(`- {name: ${name}, cluster: {server: "${server}"}}`);
    lines.push(
      "users:",
      ...contexts.map(({ name, user = `admin@${name}` }) => `- {name: ${user}, user: {}}`),
      "contexts:",
    );
    lines.push(
      ...contexts.map(
        ({ name, user = `admin@${name}` }) =>
          `- {name: ${name}, context: {cluster: ${name}, user: ${user}}}`,
      ),
    );
    return `${lines.join("\n")}\n`;
  }

  async function write(text: string): Promise<string> {
    const path = join(home, ".kube", "config");
    await mkdir(join(home, ".kube"), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  it("loses entries of clusters that are gone, and no others", async () => {
    const world = pruneWorld({
      home,
      settings: { otherClusters: async () => new Map([["podman", "podman"]]) },
    });
    await wholeCluster(world, "demo");
    const path = await write(
      config(
        { name: "k3d-gone" },
        { name: "k3d-demo" },
        { name: "k3d-podman" },
        { name: "kind-gone" },
        { name: "k3d-mine", user: "me" },
        { name: "k3d-remote", server: "https://build.example.org:6550" },
      ),
    );
    expect(await world.found({ kinds: KUBE })).toEqual(["kubeconfig k3d-gone"]);
    await world.pruneAll();
    const after = await readFile(path, "utf8");
    expect(after).not.toContain("k3d-gone");
    for (const name of ["k3d-demo", "k3d-podman", "kind-gone", "k3d-mine", "k3d-remote"])
      expect(after).toContain(name);
  });

  it("loses what killed commands left beside it, once it is stale", async () => {
    const world = pruneWorld({ home });
    const path = await write(config());
    const files = [
      `${path}.123.0123abcd.tmp`,
      `${path}.tmp`,
      `${path}.123.0123abcd.tmp.keep`,
      `${path}.backup`,
    ];
    for (const file of files) await writeFile(file, "x");
    expect(await world.found({ kinds: KUBE })).toEqual([]);
    for (const file of files) await utimes(file, LONG_AGO, LONG_AGO);
    expect(await world.found({ kinds: KUBE })).toEqual([`file ${files[0]}`]);
    await world.pruneAll();
    expect((await readdir(join(home, ".kube"))).toSorted()).toEqual([
      "config",
      "config.123.0123abcd.tmp.keep",
      "config.backup",
      "config.tmp",
    ]);
  });

  it("loses files of clusters that are gone, unless they hold more", async () => {
    const directory = join(home, "k3d");
    const world = pruneWorld({ home, settings: { kubeconfigDirectories: [directory] } });
    await mkdir(directory);
    await writeFile(join(directory, "kubeconfig-gone.yaml"), config({ name: "k3d-gone" }));
    await writeFile(
      join(directory, "kubeconfig-more.yaml"),
      config({ name: "k3d-more" }, { name: "mine" }),
    );
    await writeFile(join(directory, "kubeconfig-text.yaml"), "mine");
    expect(await world.found({ kinds: KUBE })).toEqual([
      `file ${join(directory, "kubeconfig-gone.yaml")}`,
    ]);
  });
});
