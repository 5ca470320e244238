import { homedir } from "node:os";
import { fileKubeconfigStore } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { installedRuntimes } from "../composition/connect.js";
import { NAME_SOURCES, type NameSource } from "../completion/sources.js";

/** Whoever presses TAB waits no longer than this, in milliseconds. */
const PATIENCE_MS = 3000;

/** Names as shells may put them on a line without a quote. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9_.:/@+-]*$/;

/** Names of volumes that nobody gave one. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

export default class Complete extends K3dCommand<string[]> {
  static override summary = "Print names for a shell's completion";
  static override description =
    "Print names of these kinds, one per line: what the scripts of `completion` call. What cannot be looked up is left out silently.";
  static override hidden = true;
  static override examples = ["<%= config.bin %> complete clusters nodes"];
  static override args = {
    kind: Args.string({
      description: "What to name",
      options: [...NAME_SOURCES],
      multiple: true,
      required: true,
    }),
  };

  protected override async execute(): Promise<string[]> {
    const { args } = await this.parse(Complete);
    const kinds = args.kind as NameSource[];
    const found = await Promise.all(
      kinds.map((kind) => Promise.race([this.#names(kind).catch(() => []), nothingInTime()])),
    );
    return [...new Set(found.flat())].filter((name) => PLAIN.test(name));
  }

  protected override render(names: string[]): string {
    return names.join("\n");
  }

  async #names(kind: NameSource): Promise<string[]> {
    if (kind === "runtimes") return installedRuntimes(this.config).map(({ name }) => name);
    if (kind === "contexts") {
      const store = fileKubeconfigStore(process.env, homedir());
      const document = await store.read(store.defaultPath);
      return document.contexts().flatMap(({ name }) => (name.startsWith("k3d-") ? [name] : []));
    }
    const { clusters, images, listing, registries, runtime, snapshots } = await this.services();
    const { signal } = this;
    const everywhere = { everywhere: process.env.K3D_RUNTIME === undefined, signal };
    switch (kind) {
      case "clusters":
        return (await listing.clusters(everywhere)).map(({ name }) => name);
      case "nodes":
        return (await listing.nodes(everywhere)).map(({ name }) => name);
      case "registries":
        return (await registries.list({ signal })).map(({ name }) => name);
      case "snapshots":
        return (await snapshots.list()).map(({ name }) => name);
      case "networks":
        return (await runtime.networks.list({ signal })).map(({ name }) => name);
      case "volumes":
        return (await runtime.volumes.list({ signal }))
          .map(({ name }) => name)
          .filter((name) => !ANONYMOUS.test(name));
      case "images":
        return (await runtime.images.list({ signal }))
          .flatMap(({ references }) => references)
          .map((reference) => reference.replace(/^docker\.io\/(?:library\/)?/, ""));
      case "node-images": {
        const running = (await clusters.list({ signal })).filter(
          ({ servers }) => servers.running > 0,
        );
        const all = await images.list(
          running.map(({ name }) => name),
          { signal },
        );
        return all.flatMap(({ names }) => names);
      }
    }
  }
}

function nothingInTime(): Promise<string[]> {
  return new Promise((resolve) => {
    setTimeout(() => resolve([]), PATIENCE_MS).unref();
  });
}
