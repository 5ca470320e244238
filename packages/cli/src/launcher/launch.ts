import type { Launcher } from "../main.js";
import { OwnCode } from "./own-code.js";
import { cacheHome, privateCacheDirectory } from "./private-directory.js";

const { createRequire } = process.getBuiltinModule("node:module");
const { dirname, join } = process.getBuiltinModule("node:path");

/**
 * Loads the program from the bundle and runs it.
 *
 * @param argv arguments after the program name
 * @param bin path of the executable, in a directory beside the bundle's
 */
export function launch(argv: string[], bin: string): void {
  // Node's own warnings (deprecations within libraries, for one) are not for users, nor errors where
  // NODE_OPTIONS makes such of them.
  process.noDeprecation = true;
  process.removeAllListeners("warning");

  const directory = join(dirname(dirname(bin)), "dist");
  const file = join(directory, "main.js");
  const ownCode = new OwnCode(directory);
  const asksVersion = argv.length === 1 && (argv[0] === "version" || argv[0] === "--version");
  // As Node loads it: nothing else will be, and what is only for the others need not be there.
  const loaded = asksVersion ? createRequire(file)(file) : ownCode.load(file);
  const { main } = loaded as typeof import("../main.js");
  const launcher: Launcher = {
    asksVersion,
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
