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

  it.each([
    ["flow lists without spaces", "    nodeFilters: [all]\n"],
    ["flow lists with spaces", "    nodeFilters: [ server:0,  agent:0 ]\n"],
    ["both", "    nodeFilters: [all]\nenv: [ { envVar: A=b, nodeFilters: [server:0] } ]\n"],
  ])("keeps %s to the letter", async (_what, rest) => {
    const text = `apiVersion: k3d.io/v1alpha4\nkind: Simple\nvolumes:\n  - volume: /a:/b\n${rest}`;
    expect(await migrateConfigText(text, "x")).toBe(text.replace("v1alpha4", "v1alpha5"));
  });

  it("keeps padding and quotes of a flow list that changes, and a short field in braces", async () => {
    const text = `apiVersion: k3d.io/v1alpha2
kind: Simple
ports: [{port: 80:80, nodeFilters: [server[0]]}, {port: 81:81, nodeFilters: [ agent ]}]
`.replace("[server[0]]", '["server[0]"]');
    expect(await migrateConfigText(text, "x")).toBe(
      text.replace("v1alpha2", "v1alpha5").replace("server[0]", "server:0"),
    );
  });

  it.each([
    ["lists at the place of their key", "volumes:\n- volume: /a:/b\n  nodeFilters:\n  - all\n"],
    ["four spaces", "options:\n    k3d:\n        wait: true\n"],
    ["merge keys", "options: &o\n  k3d: &k\n    wait: true # yes\n"],
  ])("keeps %s", async (_what, rest) => {
    const text = `apiVersion: k3d.io/v1alpha4\nkind: Simple\n${rest}`;
    expect(await migrateConfigText(text, "x")).toBe(text.replace("v1alpha4", "v1alpha5"));
  });

  it.each([
    ["a document that follows", "---\n# of another tool\nkind:   List\nitems: [a,b]\n"],
    ["several", "---\na: 1\n---\n\n- b\n"],
    ["one behind the mark of an end", "...\n---\na: 1\n"],
    ["what is no YAML", "---\n{{ template }}: }\n"],
  ])("keeps %s as it is", async (_what, rest) => {
    const first = "apiVersion: k3d.io/v1alpha4 # c\nkind: Simple\n";
    const migrated = await migrateConfigText(`---\n${first}${rest}`, "x");
    expect(migrated).toBe(`---\n${first.replace("v1alpha4", "v1alpha5")}${rest}`);
    expect(await migrateConfigText(migrated, "x")).toBe(migrated);
  });

  it("keeps the padding of a flow list in a field that moves", async () => {
    const text = `apiVersion: k3d.io/v1alpha2
kind: Simple
name: demo
labels: [{label: a=b, nodeFilters: [ agent, 'server[0]' ]}]
`;
    expect(await migrateConfigText(text, "x")).toBe(`apiVersion: k3d.io/v1alpha5
kind: Simple
metadata:
  name: demo
options:
  runtime:
    labels: [{label: a=b, nodeFilters: [ agent, server:0 ]}]
`);
  });

  it("keeps several empty lines, and comments that stand below each other", async () => {
    const text = `# A cluster


apiVersion: k3d.io/v1alpha4      # the version
kind: Simple                     # always so
servers: 1


agents: 2                        # two of them
ports:


  - port: 80:80                  # web
    nodeFilters:                 # where
      - loadbalancer
  - port: 443:443                # web
    nodeFilters:                 # where
      - loadbalancer             # only


# no more ports
registries:
  config: |
    mirrors:  # no comment


      two: {} #  none
`;
    expect(await migrateConfigText(text, "x")).toBe(text.replace("v1alpha4", "v1alpha5"));
  });

  it("keeps them also of what moves", async () => {
    const text = `# Of last year


apiVersion: k3d.io/v1alpha2    # the version
kind: Simple


name: demo     # its name
agents: 1      # how many


ports:
  - port: 80:80       # web
    nodeFilters:
      - server[0]     # the first
      - agent[*]      # all
`;
    expect(await migrateConfigText(text, "x")).toBe(
      `# Of last year


apiVersion: k3d.io/v1alpha5 # the version
kind: Simple


metadata:
  name: demo     # its name
agents: 1      # how many


ports:
  - port: 80:80       # web
    nodeFilters:
      - server:0 # the first
      - agent:* # all
`,
    );
  });

  it("reads the same of a long file in no time", async () => {
    const entry = "  - envVar: A=b    # c\n\n\n    nodeFilters: [all]\n";
    const text = `apiVersion: k3d.io/v1alpha4\nkind: Simple\nenv:\n${entry.repeat(3000)}`;
    expect(await migrateConfigText(text, "x")).toBe(text.replace("v1alpha4", "v1alpha5"));
  }, 60_000);

  it("keeps the ends of lines", async () => {
    const text = "apiVersion: k3d.io/v1alpha4\r\nkind: Simple\r\nservers: 1 # one\r\n";
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
