import { readFileSync } from "node:fs";
import { expect, it, vi } from "vitest";
import type { Option } from "../../packages/core/src/config/options/option.js";
import type { SimpleConfig } from "../../packages/core/src/config/simple-config.js";

const TABLE = "../../packages/core/src/config/options/index.js";

/** A boolean option as it would stand in the table; nothing else in the repository knows of it. */
const ROW: Option = {
  field: "options.k3d.sparkle",
  since: "k3d.io/v1alpha5",
  schema: { title: "Sparkle", description: "Let the cluster sparkle.", type: "boolean" },
  default: true,
  variable: "K3D_SPARKLE",
  flag: { name: "sparkle", kind: "toggle", summary: "Let the cluster sparkle (default: true)" },
};

vi.mock(import("../../packages/core/src/config/options/index.js"), async (importOriginal) => {
  const table = await importOriginal();
  return {
    ...table,
    OPTIONS: [...table.OPTIONS, ROW],
    CURRENT_OPTIONS: [...table.CURRENT_OPTIONS, ROW],
  };
});

const { configTemplate } = await import("../../packages/core/src/config/init.js");
const { effectiveConfig } = await import("../../packages/core/src/config/resolve.js");
const { configSchema } = await import("../../packages/core/src/config/schema/index.js");
const { environmentToConfig, DEFAULT_VARIABLES, FIELD_VARIABLES } =
  await import("../../packages/core/src/config/environment.js");
const { flagOfField, flagsToConfig } = await import("../../packages/core/src/config/flags.js");
const { configFlags, createFlags } = await import("../../packages/cli/src/flags/create.js");
const { configPage } = await import("./config.ts");

const EMPTY = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" } as const;
const OFF = { ...EMPTY, options: { k3d: { sparkle: false } } };

it("is a flag from its row alone", () => {
  expect(configFlags).toMatchObject({
    sparkle: { type: "boolean", allowNo: true, summary: ROW.flag?.summary },
  });
  expect(flagsToConfig(createFlags({ sparkle: false }))).toEqual(OFF);
  expect(flagOfField(ROW.field)).toBe("--sparkle");
});

it("is two variables from its row alone", () => {
  expect(environmentToConfig({ K3D_OPTIONS_K3D_SPARKLE: "no" }, FIELD_VARIABLES)).toEqual(OFF);
  expect(environmentToConfig({ K3D_SPARKLE: "0" }, DEFAULT_VARIABLES)).toEqual(OFF);
});

it("has its default from its row alone", () => {
  expect(effectiveConfig(EMPTY)).toMatchObject({ options: { k3d: { sparkle: true } } });
  expect(effectiveConfig(OFF as SimpleConfig)).toMatchObject({
    options: { k3d: { sparkle: false } },
  });
});

it("is in the schema of the versions that have it from its row alone", () => {
  const sparkle = (schema: ReturnType<typeof configSchema>): unknown =>
    schema.properties?.options?.properties?.k3d?.properties?.sparkle;
  expect(sparkle(configSchema())).toEqual({ ...ROW.schema, default: true });
  expect(sparkle(configSchema("k3d.io/v1alpha4"))).toBeUndefined();
});

it("is in config init and in the reference from its row alone", async () => {
  expect(await configTemplate()).toContain("#    # Let the cluster sparkle.\n#    sparkle: true\n");
  expect(configPage(configSchema() as Parameters<typeof configPage>[0])).toMatch(
    /\| `options\.k3d\.sparkle` +\| boolean +\| `true` +\| Let the cluster sparkle\. +\|/,
  );
});

it("is nothing without its row", async () => {
  const { CURRENT_OPTIONS } = await vi.importActual<{ CURRENT_OPTIONS: readonly Option[] }>(TABLE);
  expect(CURRENT_OPTIONS.map(({ field }) => field)).not.toContain(ROW.field);
  expect(readFileSync("docs/reference/config.md", "utf8")).not.toContain("sparkle");
});
