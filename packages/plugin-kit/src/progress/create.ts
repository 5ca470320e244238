import { systemClock } from "@k3d/core";
import { isTold } from "../settings/log-level.js";
import type { Environment, Settings } from "../settings/settings.js";
import { printable, printableData } from "../output/printable.js";
import { createPaint, supportsUnicode, wantsColors } from "../output/styles.js";
import { createJsonRenderer } from "./json.js";
import { inStages } from "./stages.js";
import { loadPainter } from "./painter.js";
import { createPlainRenderer } from "./plain.js";
import type { ProgressRenderer } from "./renderer.js";

/** The renderer for a command, to which foreign texts come: see {@link printable}. */
export async function createProgress(
  settings: Settings,
  stream: NodeJS.WriteStream,
  env: Environment,
): Promise<ProgressRenderer> {
  const renderer = await chooseRenderer(settings, stream, env);
  return {
    emit: (event) => renderer.emit(printableData(event)),
    log: (level, message) => renderer.log(level, printable(message)),
    close: () => renderer.close(),
  };
}

/**
 * The renderer that settings and terminal ask for: JSON or none when wanted; a task list on a
 * terminal, unless debug messages are wanted or CI says that nobody watches; plain lines otherwise.
 */
async function chooseRenderer(
  settings: Settings,
  stream: NodeJS.WriteStream,
  env: Environment,
): Promise<ProgressRenderer> {
  const { now } = systemClock;
  const { level, timestamps, progress } = settings;
  if (progress === "none")
    return createPlainRenderer({
      stream,
      level: "error",
      timestamps,
      paint: createPaint(false),
      now,
    });
  if (progress === "json") return createJsonRenderer({ stream, level });
  const paint = createPaint(wantsColors(stream, env));
  const watched =
    stream.isTTY && env.TERM !== "dumb" && !env.CI && !isTold("debug", level) && !timestamps;
  if (progress === "tty" || (progress === "auto" && watched)) {
    const { createTtyRenderer } = await import("./tty.js");
    const painter = await loadPainter(stream);
    const unicode = supportsUnicode(env, process.platform);
    const tty = createTtyRenderer({ stream, level, paint, unicode, now, painter });
    return isTold("debug", level) ? tty : inStages(tty, now);
  }
  const plain = createPlainRenderer({ stream, level, timestamps, paint, now });
  return isTold("debug", level) ? plain : inStages(plain, now);
}
