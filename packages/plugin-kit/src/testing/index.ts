/**
 * What k3d's own commands are tested with: a command is run as the command line runs it, on services
 * that the test brings or on an engine in memory.
 */
export { memoryServices } from "./memory-services.js";
export { runCommand, type CommandResult, type FakeServices } from "./run-command.js";
