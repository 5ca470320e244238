import { describe, expect, it } from "vitest";
import { DEFAULT_IMAGES } from "../model/index.js";
import { configTemplate } from "./init.js";
import { CURRENT_OPTIONS } from "./options/index.js";
import { parseConfig } from "./load.js";
import { configValues } from "./merge.js";
import { migrateConfigText, renderConfig } from "./render.js";
import { resolveConfig } from "./resolve.js";
import { configSchema } from "./schema/index.js";

const parse = async (text: string) => (await parseConfig(text, { name: "x" })).config;
const uncommented = (await configTemplate()).replaceAll(/^#(?! \S)/gm, "");

describe("configTemplate", () => {
  it("is a config of defaults", async () => {
    const config = await parse(await configTemplate());
    expect(resolveConfig(config)).toEqual(
      resolveConfig({ apiVersion: "k3d.io/v1alpha5", kind: "Simple" }),
    );
    expect(config.image).toBe(DEFAULT_IMAGES.node);
  });

  it("takes a name and numbers", async () => {
    const config = await parse(
      await configTemplate({ name: "demo", servers: 3, agents: 2, image: "latest" }),
    );
    expect(config).toMatchObject({
      metadata: { name: "demo" },
      servers: 3,
      agents: 2,
      image: "latest",
    });
  });

  it.each(["123", "true", "1e3", "no", "a"])("takes the name %s as a text", async (name) => {
    expect(await parse(await configTemplate({ name, image: "+v1.31" }))).toMatchObject({
      metadata: { name },
      image: "+v1.31",
    });
  });

  it("names the schema beside the file, and how it gets there", async () => {
    const [modeline, howTo] = (await configTemplate()).split("\n");
    expect(modeline).toBe("# yaml-language-server: $schema=k3d.schema.json");
    expect(howTo).toContain("k3d config schema >k3d.schema.json");
  });

  it("has examples in its comments that can be used together", async () => {
    const config = await parse(uncommented);
    expect(resolveConfig(config).ports).toHaveLength(2);
    expect(config.files?.[0]?.source).toContain("kind: Namespace");
  });

  it("shows every field on the top level", async () => {
    const fields = Object.keys(configSchema().properties ?? {});
    expect(Object.keys(await parse(uncommented)).toSorted()).toEqual(fields.toSorted());
  });
});

describe("the examples of the template", () => {
  it("show every field of the table with a value", async () => {
    const config = await parse(uncommented);
    const fields = CURRENT_OPTIONS.filter(({ section }) => section !== true);
    const valueOf = (field: string): unknown =>
      field
        .split(".")
        .reduce((node: unknown, name) => (node as Record<string, unknown>)?.[name], config);
    const empty = fields.filter(({ field }) =>
      [undefined, null, ""].includes(valueOf(field) as ""),
    );
    expect(empty.map(({ field }) => field)).toEqual([]);
  });
});

describe("renderConfig", () => {
  it("gives a text that is read as the same config", async () => {
    const config = await parse(uncommented);
    const text = await renderConfig(config);
    expect(await parse(text)).toEqual(config);
    expect(text.split("\n").slice(0, 3)).toEqual([
      "apiVersion: k3d.io/v1alpha5",
      "kind: Simple",
      "metadata:",
    ]);
  });

  it("loses no value", async () => {
    const config = await parse(uncommented);
    expect(configValues(await parse(await renderConfig(config)))).toEqual(configValues(config));
  });
});

describe("migrateConfigText", () => {
  it("keeps variables", async () => {
    const text =
      "apiVersion: k3d.io/v1alpha3\nkind: Simple\nname: ${NAME}\nvolumes:\n  - volume: $HOME:/x\n";
    expect(await migrateConfigText(text, "x")).toBe(
      "apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata:\n  name: ${NAME}\nvolumes:\n  - volume: $HOME:/x\n",
    );
  });
});
