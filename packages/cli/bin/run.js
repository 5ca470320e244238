#!/usr/bin/env node
"use strict";
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

const argv = process.argv.slice(2);
// Answered with next to nothing, for prompts and scripts.
if (argv.length === 1 && (argv[0] === "version" || argv[0] === "--version"))
  require("../dist/main.js").printVersion(argv);
else require("../dist/launch.js").launch(argv, module);
