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

  it("makes the same text of two versions that say the same in the same order", async () => {
    const one = `apiVersion: k3d.io/v1alpha2
kind: Simple
name: shop # the shop
#image: x
servers: 3
labels:
  - label: a=b
    nodeFilters:
      - server[0]
registries:
  create: true
  use: []

options:
  k3d:
    wait: true
    timeout: "360s" # long
  k3s:
    extraServerArgs:
      - --disable=traefik
    extraAgentArgs: []
`;
    const other = `apiVersion: k3d.io/v1alpha3
kind: Simple
name: shop # the shop
#image: x
servers: 3
registries:
  create:
    name: k3d-shop-registry
    host: "0.0.0.0"
    hostPort: random

options:
  k3d:
    wait: true
    timeout: "360s" # long
  k3s:
    extraArgs:
      - arg: --disable=traefik
        nodeFilters:
          - server:*
  runtime:
    labels:
      - label: a=b
        nodeFilters:
          - server:0
`;
    const migrated = await migrateConfigText(other, "other");
    expect(migrated).toBe(
      other
        .replace("v1alpha3", "v1alpha5")
        .replace("name: shop # the shop", "metadata:\n  name: shop # the shop"),
    );
    expect(await migrateConfigText(one, "one")).toBe(migrated);
  });

  it("keeps comments, order, quotes, anchors and variables", async () => {
    const text = `# A cluster for tests.
kind: Simple
apiVersion: k3d.io/v1alpha4 # the version

# Nodes
agents: 2
servers: 1
image: '\${IMAGE}' # from outside
metadata: { name: "x" }
ports:
  # web
  - port: 80:80
    nodeFilters: &lb [ loadbalancer ]
  - { port: 443:443, nodeFilters: *lb }
`;
    expect(await migrateConfigText(text, "x")).toBe(text.replace("v1alpha4", "v1alpha5"));
  });

  it("reads what the Go k3d writes for hostPidMode", async () => {
    const text =
      "apiVersion: k3d.io/v1alpha5\nkind: Simple\noptions:\n  runtime:\n    HostPidMode: true\n";
    expect(await migrateConfigText(text, "x")).toBe(text.replace("HostPidMode", "hostPidMode"));
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
