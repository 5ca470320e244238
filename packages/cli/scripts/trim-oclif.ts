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
];

/**
 * Takes out of oclif what costs every command time and gives k3d nothing.
 *
 * @throws when an edit no longer finds its place
 */
export function trimOclif(): Plugin {
  const missed = new Set<Edit>();
  return {
    name: "trim-oclif",
    transform: {
      filter: { id: /[\\/]@oclif[\\/]core[\\/]lib[\\/]/ },
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
        throw new Error(`${pattern} is no longer found in oclif: update trim-oclif.ts`);
      }
    },
  };
}
