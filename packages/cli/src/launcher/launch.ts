import type { Launcher } from "../main.js";
import { type ModuleClass, OwnCode } from "./own-code.js";
import { cacheHome, privateCacheDirectory } from "./private-directory.js";

const { dirname, join } = process.getBuiltinModule("node:path");

/**
 * Loads the program from the bundle and runs it.
 *
 * @param argv arguments after the program name
 * @param executable its module, in a directory beside the bundle's
 */
export function launch(argv: string[], executable: NodeJS.Module): void {
  const bin = executable.filename;
  // The class without `node:module`, which loads what reads source maps.
  const Module = executable.constructor as ModuleClass;
  const ownCode = new OwnCode(join(dirname(dirname(bin)), "dist"), Module);
  const { main } = ownCode.load(join(ownCode.directory, "main.js")) as typeof import("../main.js");
  const launcher: Launcher = {
    load: (path) => ownCode.load(path),
    prepare() {
      // A compiler thread that waits for a garbage collection when the process exits is waited for by
      // the exit, for ever (https://github.com/nodejs/node/issues/54918).
      process.getBuiltinModule("node:v8").setFlagsFromString("--no-concurrent-sparkplug");
      const cache = privateCacheDirectory(cacheHome());
      if (cache === undefined) return undefined;
      ownCode.keepCompiled(cache, argv);
      return dirname(cache);
    },
  };
  // Not awaited: when the reader of a pipe goes away, output may never be flushed.
  void main(argv, bin, launcher);
}
