import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_VARIABLES,
  FIELD_VARIABLES,
  environmentToConfig,
  variableOfField,
} from "./environment.js";
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

  it("takes each value from the last layer that has it, and adds lists of flags to it", () => {
    fc.assert(
      fc.property(layers, (given) => {
        const all = given.map(([kind, fields], index) => ({
          kind,
          config: config(fields),
          origin: (path: string) => `${index}:${path}`,
        }));
        const result = mergeConfigs(all);
        const replacing = all.findLastIndex(
          (layer) => layer.kind !== "flag" && layer.config.ports !== undefined,
        );
        const lists = all.slice(Math.max(replacing, 0));
        const ports = lists.filter(({ kind }, index) => kind === "flag" || index === 0);
        expect(result.config.ports ?? []).toEqual(
          ports.flatMap((layer) => layer.config.ports ?? []),
        );
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
  const samples = { text: "1", number: "1", boolean: "true", list: "a:1, b:2", entries: "a=b, c" };
  const special: Record<string, string> = { K3D_API_PORT: "6550", K3D_REGISTRY_CREATE: "reg" };

  describe.each([
    ["of k3d v5", FIELD_VARIABLES],
    ["of ours", DEFAULT_VARIABLES],
  ])("variables %s", (_, variables) => {
    it.each(variables)("reads $name", ({ name, field, kind }) => {
      const environment = { [name]: special[name] ?? samples[kind] };
      const values = configValues(environmentToConfig(environment, variables));
      const paths = [...values.keys()].filter((path) => path !== "apiVersion" && path !== "kind");
      expect(paths.map((path) => variableOfField(path, variables))).toEqual(paths.map(() => name));
      expect(paths.filter((path) => path.startsWith(field))).toEqual(paths);
      expect(paths.length).toBeGreaterThan(0);
    });
  });

  it("names them by the path of the field", () => {
    const names = FIELD_VARIABLES.map(({ name }) => name);
    expect(names).toContain("K3D_SERVERS");
    expect(names).toContain("K3D_OPTIONS_K3D_DISABLELOADBALANCER");
    expect(names).toContain("K3D_REGISTRIES_CREATE_HOSTPORT");
    expect([...names, ...DEFAULT_VARIABLES.map(({ name }) => name)]).not.toContain(
      "K3D_CLUSTER_NAME",
    );
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
    const read = () =>
      environmentToConfig({ [name]: value }, [...FIELD_VARIABLES, ...DEFAULT_VARIABLES]);
    expect(read).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining(reason) }),
    );
    expect(read).toThrow(name);
  });

  it("names every variable that cannot be read", () => {
    expect(() => environmentToConfig({ K3D_SERVERS: "x", K3D_AGENTS: "y" })).toThrow(
      /2 problems[^]*K3D_SERVERS[^]*K3D_AGENTS/,
    );
  });
});
