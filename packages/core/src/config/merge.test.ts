import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONFIG_VARIABLES, environmentToConfig, variableOfField } from "./environment.js";
import { flagOfField } from "./flags.js";
import {
  type ConfigLayer,
  configValues,
  environmentLayer,
  flagLayer,
  mergeConfigs,
} from "./merge.js";
import type { SimpleConfig } from "./simple-config.js";

const config = (fields: Partial<SimpleConfig>): SimpleConfig => ({
  apiVersion: "k3d.io/v1alpha5",
  kind: "Simple",
  ...fields,
});
const file = (fields: Partial<SimpleConfig>): ConfigLayer => ({
  kind: "file",
  config: config(fields),
  origin: (path) => `k3d.yaml:${path}`,
});

describe("mergeConfigs", () => {
  const { config: merged, sourceOf } = mergeConfigs([
    file({
      servers: 1,
      image: "a",
      kubeAPI: { hostIP: "0.0.0.0", hostPort: "6446" },
      ports: [{ port: "80:80", nodeFilters: ["loadbalancer"] }],
      registries: { create: { name: "reg" } },
      options: { k3d: { wait: true } },
    }),
    environmentLayer(config({ image: "b", servers: 2 })),
    flagLayer(
      config({ servers: 3, kubeAPI: { hostPort: "6550" }, ports: [{ port: "81:81" }], agents: 0 }),
    ),
  ]);

  it("lets later layers win, merges objects and appends lists", () => {
    expect(merged).toEqual(
      config({
        servers: 3,
        agents: 0,
        image: "b",
        kubeAPI: { hostIP: "0.0.0.0", hostPort: "6550" },
        ports: [{ port: "80:80", nodeFilters: ["loadbalancer"] }, { port: "81:81" }],
        registries: { create: { name: "reg" } },
        options: { k3d: { wait: true } },
      }),
    );
  });

  it.each([
    ["servers", { kind: "flag", origin: "--servers" }],
    ["image", { kind: "environment", origin: "K3D_IMAGE" }],
    ["kubeAPI.hostIP", { kind: "file", origin: "k3d.yaml:kubeAPI.hostIP" }],
    ["kubeAPI.hostPort", { kind: "flag", origin: "--api-port" }],
    ["ports[0].nodeFilters[0]", { kind: "file", origin: "k3d.yaml:ports[0].nodeFilters[0]" }],
    ["ports[1]", { kind: "flag", origin: "--port" }],
    ["registries.create", { kind: "file", origin: "k3d.yaml:registries.create.name" }],
    ["options.k3d.timeout", { kind: "default" }],
    ["token", { kind: "default" }],
    ["apiVersion", { kind: "file", origin: "k3d.yaml:apiVersion" }],
  ])("knows what set %s", (path, source) => {
    expect(sourceOf(path)).toEqual(source);
  });

  const layers = fc.array(
    fc.tuple(
      fc.constantFrom("file" as const, "environment" as const, "flag" as const),
      fc.record(
        {
          servers: fc.nat(9),
          image: fc.string(),
          ports: fc.array(fc.record({ port: fc.string() })),
          options: fc.record({
            k3d: fc.record({ wait: fc.boolean(), timeout: fc.string() }, { requiredKeys: [] }),
          }),
        },
        { requiredKeys: [] },
      ),
    ),
    { maxLength: 4 },
  );

  it("takes each value from the last layer that has it, and all entries of lists in order", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const all = given.map(([kind, fields], index) => ({
          kind,
          config: config(fields),
          origin: (path: string) => `${index}:${path}`,
        }));
        const result = mergeConfigs(all);
        expect(result.config.ports ?? []).toEqual(all.flatMap((layer) => layer.config.ports ?? []));
        const lastIndex = all.findLastIndex((layer) => layer.config.servers !== undefined);
        expect(result.config.servers).toBe(all[lastIndex]?.config.servers);
        const source =
          lastIndex === -1
            ? { kind: "default" }
            : { kind: all[lastIndex]?.kind, origin: `${lastIndex}:servers` };
        expect(result.sourceOf("servers")).toEqual(source);
      }),
    );
  });

  it("changes none of its layers and is idempotent", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const all = given.map(([kind, fields]) => ({
          kind,
          config: config(fields),
          origin: () => undefined,
        }));
        const before = structuredClone(all.map((layer) => layer.config));
        const result = mergeConfigs(all);
        expect(all.map((layer) => layer.config)).toEqual(before);
        expect(
          mergeConfigs([{ kind: "file", config: result.config, origin: () => undefined }]).config,
        ).toEqual(result.config);
      }),
    );
  });
});

describe("environmentToConfig", () => {
  const samples = { text: "1", number: "1", boolean: "true", list: "a:1, b:2" };
  const special: Record<string, string> = { K3D_API_PORT: "6550", K3D_REGISTRY_CREATE: "reg" };

  it.each(CONFIG_VARIABLES)("reads $name", ({ name, flag, kind }) => {
    const values = configValues(environmentToConfig({ [name]: special[name] ?? samples[kind] }));
    const paths = [...values.keys()].filter((path) => path !== "apiVersion" && path !== "kind");
    expect(paths.map((path) => [flagOfField(path), variableOfField(path)])).toEqual(
      paths.map(() => [flag, name]),
    );
    expect(paths.length).toBeGreaterThan(0);
  });

  it("takes empty variables as unset and ignores all others", () => {
    expect(
      environmentToConfig({
        K3D_SERVERS: "",
        K3D_FIX_DNS: "1",
        K3D_IMAGE_LOADBALANCER: "x",
        HOME: "/root",
      }),
    ).toEqual(config({}));
  });

  it.each([
    ["K3D_SERVERS", "two", '"two" is not a whole number'],
    ["K3D_NO_LB", "maybe", '"maybe" is not "true" or "false"'],
    ["K3D_API_PORT", "x", 'Invalid API port "x"'],
  ])("refuses %s=%s", (name, value, reason) => {
    expect(() => environmentToConfig({ [name]: value })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining(reason) }),
    );
    expect(() => environmentToConfig({ [name]: value })).toThrow(name);
  });

  it("names every variable that cannot be read", () => {
    expect(() => environmentToConfig({ K3D_SERVERS: "x", K3D_AGENTS: "y" })).toThrow(
      /2 problems[^]*K3D_SERVERS[^]*K3D_AGENTS/,
    );
  });
});
