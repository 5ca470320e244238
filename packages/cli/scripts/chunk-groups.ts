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
  { name: "builtins", test: /^\0builtin:/, priority: 4 },
  // Alone answers `version`, so it must not draw in the rest.
  { name: "main", test: source("cli/src/main", "cli/src/version"), priority: 3 },
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
    priority: 2,
  },
  // Nearly every command that has a connection.
  {
    name: "connected",
    test: source("cli/src/composition/services", "cli/src/composition/operations/clusters"),
    priority: 1,
  },
];
