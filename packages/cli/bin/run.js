#!/usr/bin/env node
"use strict";
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `k3d needs Node.js 22.18 or newer; this is ${process.versions.node} (${process.execPath})\n`,
  );
  process.exit(1);
}
require("../dist/launch.js").launch(process.argv.slice(2), __filename);
