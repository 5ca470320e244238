#!/usr/bin/env node
"use strict";
const { dirname, join } = require("node:path");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `k3d needs Node.js 22.18 or newer; this is ${process.versions.node} (${process.execPath})\n`,
  );
  process.exit(1);
}
// Node's own warnings (deprecations within libraries, for one) are not for users, nor errors where
// NODE_OPTIONS makes such of them.
process.noDeprecation = true;
process.removeAllListeners("warning");

const { OwnCode } = require("./own-code.js");
const ownCode = new OwnCode(join(__dirname, "..", "dist"));
const { main } = ownCode.load(join(ownCode.directory, "main.js"));
// Not awaited: when the reader of a pipe goes away, output may never be flushed.
void main(process.argv.slice(2), __filename, {
  load: (path) => ownCode.load(path),
  prepare(argv) {
    // A compiler thread that waits for a garbage collection when the process exits is waited for by the
    // exit, for ever (https://github.com/nodejs/node/issues/54918).
    require("node:v8").setFlagsFromString("--no-concurrent-sparkplug");
    const { cacheHome, privateCacheDirectory } = require("./private-directory.js");
    const directory = privateCacheDirectory(cacheHome());
    if (directory === undefined) return undefined;
    ownCode.keepCompiled(directory, argv);
    return dirname(directory);
  },
});
