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
