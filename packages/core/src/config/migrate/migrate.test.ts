import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../load.js";
import { migrateConfigText } from "../render.js";
import { resolveConfig } from "../resolve.js";
import { migrateTree } from "./index.js";

const folder = join(import.meta.dirname, "fixtures");
const names = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
const read = (name: string) => readFile(join(folder, name), "utf8");

describe("migration of older versions", () => {
  it.each(names)("%s", async (name) => {
    const migrated = await migrateConfigText(await read(name), name);
    await expect(migrated).toMatchFileSnapshot(join(folder, `${name}.snap`));
  });

  it.each(names)("%s can be used, and migrated again without a change", async (name) => {
    const migrated = await migrateConfigText(await read(name), name);
    expect(await migrateConfigText(migrated, name)).toBe(migrated);
    const { config } = await parseConfig(migrated, { name, environment: { HOME: "/root" } });
    expect(resolveConfig(config).apiVersion).toBe("k3d.io/v1alpha5");
  });

  it("makes the same text of files that say the same, in any version and order", async () => {
    const one = `apiVersion: k3d.io/v1alpha2
kind: Simple
name: shop
servers: 3
subnet: 172.28.0.0/16
labels: [{ label: a=b, nodeFilters: ["server[0]"] }]
registries: { create: true, use: [] }
options:
  k3d: { wait: true, timeout: 6m, disableImageVolume: false }
  k3s: { extraServerArgs: [--disable=traefik], extraAgentArgs: [] }
  runtime: { serversMemory: 2g, agentsMemory: 1g }
`;
    const other = `kind: Simple
apiVersion: k3d.io/v1alpha3
options:
  runtime:
    labels: [{ nodeFilters: ["server:0"], label: a=b }]
    agentsMemory: 1g
    serversMemory: 2g
  k3s: { extraArgs: [{ nodeFilters: ["server:*"], arg: --disable=traefik }] }
  k3d: { timeout: 360000000000, wait: true, disableImageVolume: false }
registries: { create: { hostPort: random, name: k3d-shop-registry, host: 0.0.0.0 } }
subnet: 172.28.0.0/16
servers: 3
name: shop
`;
    const migrated = await migrateConfigText(one, "one");
    expect(migrated).toBe(await migrateConfigText(other, "other"));
    expect(migrated).toContain("    agentsMemory: 1g\n    labels:\n    - label: a=b\n");
  });

  it("keeps a filter that cannot be parsed, for the check to refuse", () => {
    const ports = [{ port: "80:80", nodeFilters: ["server[x]"] }];
    const { config } = migrateTree({ apiVersion: "k3d.io/v1alpha2", kind: "Simple", ports });
    expect(config["ports"]).toEqual(ports);
  });

  it("leaves the current version as it is", () => {
    const tree = { apiVersion: "k3d.io/v1alpha5", kind: "Simple", labels: [] };
    expect(migrateTree(tree).config).toBe(tree);
  });
});
