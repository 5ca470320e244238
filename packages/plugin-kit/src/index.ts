/**
 * What k3d commands share, in the CLI and in plug-ins: the base command with the global flags,
 * flags with k3d's value syntax, tables, and the printing of progress and errors.
 */
export { goFlags, type FlagShape, type FlagShapes } from "./argv/go-flags.js";
export { globalFlagsLast } from "./argv/global-first.js";
export { globalFlags, PROGRESS_MODES, type ProgressMode } from "./settings/global-flags.js";
export { K3dCommand, type ServiceOptions } from "./command/k3d-command.js";
export { namedEngine } from "./settings/settings.js";
export { LOG_LEVELS, type LogLevel } from "./settings/log-level.js";
export {
  CONNECT_HOOK,
  type ConnectOptions,
  type HelperImages,
  type WantedObjects,
} from "./connect/connect.js";
export { type ErrorObject } from "./errors/format-error.js";
export { reportError, type ReportOptions } from "./errors/report-error.js";
export { listFlags, outputFlag } from "./flags/output.js";
export { count, duration, list, repeated } from "./flags/values.js";
export { waitFlags, waitOptions } from "./flags/wait.js";
export { type ContainerJson } from "./output/container-json.js";
export { nodeJson, type NodeJson, type NodeJsonOptions } from "./output/node-json.js";
export { type OutputFormat } from "./output/serialize.js";
export { printable } from "./output/printable.js";
export {
  createPaint,
  supportsUnicode,
  wantsColors,
  plainPaint,
  type Paint,
} from "./output/styles.js";
export { renderColumns, renderTable, type Column } from "./output/table.js";
export { watch, type WatchOptions } from "./progress/watch.js";
export { writeOut, type Written } from "./output/write-out.js";
export { lostOutput, writeResult } from "./output/write-result.js";
export { type ProgressRenderer } from "./progress/renderer.js";
export { interruptSignal } from "./signals/interrupt.js";
export { freeBuffersEarly } from "./memory/free-buffers-early.js";
export { loadPainter, type Painter } from "./progress/painter.js";
export { formatAge, formatElapsed } from "./text/elapsed.js";
