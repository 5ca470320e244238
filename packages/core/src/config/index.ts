export * from "./api-port.js";
export * from "./assemble.js";
export * from "./durations.js";
export * from "./env-var.js";
export * from "./environment.js";
export { camelCase, flagName, flagOfField, flagsToConfig } from "./flags.js";
export * from "./gpus.js";
export * from "./host-aliases.js";
export * from "./init.js";
export * from "./k3s-args.js";
export * from "./labels.js";
export * from "./load.js";
export * from "./merge.js";
export * from "./names.js";
export * from "./ports.js";
export * from "./problems.js";
export * from "./registry-refs.js";
export * from "./render.js";
export * from "./resolve.js";
export {
  CURRENT_OPTIONS,
  OPTIONS,
  isInVersion,
  type FilteredEntries,
  type FlagKind,
  type HelpGroup,
  type Option,
  type OptionFlag,
} from "./options/index.js";
export * from "./resolved-config.js";
export { configSchema, type JsonSchema } from "./schema/index.js";
export * from "./simple-config.js";
export * from "./versions.js";
export * from "./sizes.js";
export { type ReadFile, type SourceOptions, inlineSources } from "./sources.js";
export * from "./subnet.js";
export * from "./ulimits.js";
export * from "./volumes.js";
export * from "./registry-port.js";
