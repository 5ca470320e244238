import {
  baseFields,
  clusterName,
  files,
  hostAliases,
  nodeFilters,
  subnet,
} from "./cluster-fields.js";
import { type JsonSchema, filtered, flag, list, object, text } from "./json-schema.js";
import * as options from "./option-fields.js";

export type { JsonSchema } from "./json-schema.js";

/** Versions of the config file, oldest first; the last one is current. */
export const CONFIG_VERSIONS = [
  "k3d.io/v1alpha2",
  "k3d.io/v1alpha3",
  "k3d.io/v1alpha4",
  "k3d.io/v1alpha5",
] as const;
export type ConfigVersion = (typeof CONFIG_VERSIONS)[number];
export const CURRENT_CONFIG_VERSION = "k3d.io/v1alpha5" satisfies ConfigVersion;

export function isConfigVersion(value: unknown): value is ConfigVersion {
  return (CONFIG_VERSIONS as readonly unknown[]).includes(value);
}

/** The JSON Schema (draft 7) of config files of that version, for editors and validation. */
export function configSchema(version: ConfigVersion = CURRENT_CONFIG_VERSION): JsonSchema {
  const name = version.replace("k3d.io/", "");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...object(
      `k3d cluster configuration (${name})`,
      "What k3d cluster create --config reads.",
      topLevel(version),
      {
        required: ["apiVersion", "kind"],
      },
    ),
    definitions: { nodeFilters },
  };
}

function topLevel(version: ConfigVersion): Record<string, JsonSchema> {
  const header = {
    apiVersion: text("API version", "Version of this format.", {
      const: version,
      default: version,
    }),
    kind: text("Kind", "Kind of the configuration.", { const: "Simple", default: "Simple" }),
  };
  return { ...header, ...FIELDS[version] };
}

const registries = (create: JsonSchema): JsonSchema =>
  object("Registries", "Image registries of the cluster.", {
    create,
    use: options.registryUse,
    config: options.registryConfig,
  });

const registryCreate = (properties: Record<string, JsonSchema>): JsonSchema =>
  object("Create", "Registry that is created, and deleted, with the cluster.", properties);

const allOptions = (
  k3d: Record<string, JsonSchema>,
  k3s: JsonSchema,
  runtime: Record<string, JsonSchema>,
): JsonSchema =>
  object("Options", "How the cluster is created.", {
    k3d: object("k3d", "Options for k3d.", k3d),
    k3s,
    kubeconfig: options.kubeconfig,
    runtime: object("Runtime", "Options for the container runtime.", runtime),
  });

const metadata = object("Metadata", "What identifies the cluster.", { name: clusterName });
const runtimeV3 = {
  gpuRequest: options.gpuRequest,
  ...options.memory,
  labels: options.runtimeLabels,
};
const k3dV3 = { ...options.k3dOptions, loadbalancer: options.loadbalancer };

const FIELDS: Record<ConfigVersion, Record<string, JsonSchema>> = {
  "k3d.io/v1alpha2": {
    name: clusterName,
    ...baseFields,
    subnet,
    labels: list(
      "Container labels",
      "Labels of the node containers.",
      filtered("label", text("Label", "KEY=VALUE."), "Label"),
    ),
    registries: registries(
      flag("Create", "Whether a registry is created with the cluster.", false),
    ),
    options: allOptions(
      {
        ...options.k3dOptions,
        disableHostIPInjection: flag(
          "No host address",
          "Without effect: kept so that old files can be read.",
          false,
        ),
      },
      object("k3s", "Options for k3s.", {
        extraServerArgs: list("Server arguments", "Arguments added to k3s server.", {
          type: "string",
        }),
        extraAgentArgs: list("Agent arguments", "Arguments added to k3s agent.", {
          type: "string",
        }),
      }),
      { gpuRequest: options.gpuRequest, ...options.memory },
    ),
  },
  "k3d.io/v1alpha3": {
    name: clusterName,
    ...baseFields,
    subnet,
    registries: registries(registryCreate(options.registryCreateBase)),
    options: allOptions(k3dV3, options.k3sOptions, runtimeV3),
  },
  "k3d.io/v1alpha4": {
    metadata,
    ...baseFields,
    subnet,
    hostAliases,
    registries: registries(
      registryCreate({ ...options.registryCreateBase, ...options.registryCreateMore }),
    ),
    options: allOptions(k3dV3, options.k3sOptions, {
      ...runtimeV3,
      hostPidMode: options.hostPidMode,
    }),
  },
  "k3d.io/v1alpha5": {
    metadata,
    ...baseFields,
    subnet,
    files,
    hostAliases,
    registries: registries(
      registryCreate({
        ...options.registryCreateBase,
        ...options.registryCreateMore,
        enforcePortMatch: options.enforcePortMatch,
      }),
    ),
    options: allOptions(
      { ...k3dV3, imageVolume: options.imageVolume, proxy: options.proxy },
      options.k3sOptions,
      {
        name: options.runtimeName,
        ...runtimeV3,
        hostPidMode: options.hostPidMode,
        ulimits: options.ulimits,
      },
    ),
  },
};
