import type { Plugin } from "rolldown";

interface Edit {
  file: RegExp;
  pattern: RegExp;
  replacement: string;
}

const OPERAND = String.raw`(\w+(?:\.\w+)*)`;

const edits: Edit[] = [
  {
    // The first comparison by locale loads ICU's collation data, 5 ms on every start; command names
    // are ASCII.
    file: /[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]plugin\.js$/,
    pattern: new RegExp(String.raw`${OPERAND}\.localeCompare\(${OPERAND}\)`, "g"),
    replacement: "($1 < $2 ? -1 : $1 > $2 ? 1 : 0)",
  },
  {
    // bin/run.js has checked Node's version already, without semver.
    file: /[\\/]@oclif[\\/]core[\\/]lib[\\/]index\.js$/,
    pattern: /^checkNodeVersion\(\);$/m,
    replacement: "",
  },
  {
    // What is asked of help for every command is in a small module of its own.
    file: /[\\/]@oclif[\\/]core[\\/]lib[\\/]main\.js$/,
    pattern: /\(0, help_1\.(getHelpFlagAdditions|normalizeArgv)\)/g,
    replacement: '(0, require("./help/util").$1)',
  },
  {
    // Where TypeScript of plug-ins would be is never asked: run-oclif.ts turns it off.
    file: /[\\/]@oclif[\\/]core[\\/]lib[\\/]config[\\/]ts-path\.js$/,
    pattern: /^[\s\S]*$/,
    replacement: `const { join } = require("node:path");
exports.tsPath = async (root, path) => path && (path.startsWith(root) ? path : join(root, path));`,
  },
  {
    // Six files are read to tell WSL from Linux; the kernel's name nearly always does.
    file: /[\\/]@oclif[\\/]core[\\/]lib[\\/]util[\\/]os\.js$/,
    pattern: /return \(await import\('wsl-utils'\)\)\.isWsl/,
    replacement:
      "return /microsoft/i.test((0, node_os_1.release)()) && (await import('wsl-utils')).isWsl",
  },
  {
    // The text is made at great length even when nobody debugs.
    file: /[\\/]docker-modem[\\/]lib[\\/]modem\.js$/,
    pattern: /^( *)debug\('Sending: %s', util\.inspect/m,
    replacement: "$1debug.enabled && debug('Sending: %s', util.inspect",
  },
  {
    // Node asks whether the host is an address to name the server for TLS, which compiles a large
    // regular expression; a local socket has no TLS.
    file: /[\\/]docker-modem[\\/]lib[\\/]modem\.js$/,
    pattern: /^( *)(var|let|const) req = null;$/m,
    replacement: "$1if (self.socketPath) opts.servername = '';\n$&",
  },
];

/**
 * Takes out of dependencies what costs every command time and gives k3d nothing.
 *
 * @throws when an edit no longer finds its place
 */
export function trimDependencies(): Plugin {
  const missed = new Set<Edit>();
  return {
    name: "trim-dependencies",
    transform: {
      filter: { id: edits.map(({ file }) => file) },
      handler(code, id) {
        let result = code;
        for (const edit of edits) {
          if (!edit.file.test(id)) continue;
          const next = result.replace(edit.pattern, edit.replacement);
          if (next === result) missed.add(edit);
          result = next;
        }
        return result === code ? null : { code: result, map: null };
      },
    },
    buildEnd(error) {
      if (error) return;
      for (const { pattern } of missed) {
        throw new Error(`${pattern} is no longer found: update trim-dependencies.ts`);
      }
    },
  };
}
