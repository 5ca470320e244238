import type { CodeSplittingGroup } from "rolldown";

/** A module of the CLI's or a package of the workspace's, by the end of its path. */
const source = (...paths: string[]): RegExp =>
  new RegExp(`[\\\\/](?:${paths.join("|").replaceAll("/", "[\\\\/]")})\\.ts$`);

/**
 * What is always loaded together is one file: each further file costs a start about half a
 * millisecond, and `cluster list` had nearly forty. A group takes in what its modules import, except
 * what a group of higher priority has.
 */
export const chunkGroups: CodeSplittingGroup[] = [
  // Node's own modules, which all of the others share.
  { name: "builtins", test: /^\0builtin:/, priority: 5 },
  // Alone answers `version`, so it must not draw in the rest.
  {
    name: "main",
    test: /[\\/](?:cli[\\/](?:src[\\/](?:main|version|loading[\\/]own-code)\.ts|package\.json)|core[\\/]src[\\/]model[\\/]defaults\.ts)$/,
    includeDependenciesRecursively: false,
    priority: 6,
  },
  // Every command that is parsed, up to the connection to an engine, with what most of them print.
  {
    name: "start",
    test: source(
      "cli/src/run-oclif",
      "cli/src/composition/connect",
      "cli/src/flags/clusters",
      "cli/src/views/(?:compatible|lookup|tables)",
      "plugin-kit/src/command/k3d-command",
      "plugin-kit/src/flags/output",
      "core/src/runtime/label-selector",
      "core/src/image/reference",
    ),
    priority: 4,
  },
  // Nearly every command that has a connection, and the lists, which scripts and prompts call.
  {
    name: "connected",
    test: source(
      "cli/src/composition/services",
      "cli/src/composition/operations/listing",
      "cli/src/kubeconfig/current-context",
      "cli/src/listing/list-command",
      "core/src/errors/(?:ignore|parse-json)",
      "core/src/operations/listing/listing-service",
      "core/src/runtime/(?:capability-needs|enforce-capabilities|subnet|until-aborted)",
    ),
    priority: 3,
  },
  // Whatever is run where plug-ins are installed.
  {
    name: "plugged",
    test: source("cli/src/plugins/(?:command-line|load|host-modules)"),
    priority: 2,
  },
  // What changes clusters, composed by injection, with what a creation loads on its way.
  {
    name: "operations",
    test: source(
      "cli/src/composition/(?:scope|operations/clusters)",
      "core/src/operations/clusters/(?:create-cluster|preflight)",
      "core/src/steps/create-cluster",
    ),
    priority: 2,
  },
  // What reads flags and config files.
  {
    name: "config",
    test: source("cli/src/flags/create", "core/src/config/(?:assemble|load|resolve)"),
    priority: 1,
  },
  // The engine that is asked first, with its library; what goes through ssh to it is seldom needed.
  {
    name: "docker",
    test: /[\\/]runtime-docker[\\/]src[\\/](?!endpoint[\\/]ssh[\\/])|[\\/]dockerode[\\/]lib[\\/]docker\.js$/,
    priority: 1,
  },
];
