import type { Tree } from "../tree.js";
import type { Migration, Move } from "./step.js";
import { fromV1alpha2 } from "./v1alpha2.js";
import { fromV1alpha3 } from "./v1alpha3.js";
import { fromV1alpha4 } from "./v1alpha4.js";

/** One step per version, in order. */
const MIGRATIONS: readonly Migration[] = [fromV1alpha2, fromV1alpha3, fromV1alpha4];

export interface MigratedTree {
  config: Tree;
  /** The path that a field had before, e.g. `name` for `metadata.name`. */
  originalPath(path: string): string;
}

/** Brings a config of any known version to the current one, step by step. */
export function migrateTree(tree: Tree): MigratedTree {
  let config = tree;
  const moves: Move[] = [];
  for (const step of MIGRATIONS) {
    if (config["apiVersion"] !== step.from) continue;
    const result = step.migrate(config);
    config = result.config;
    moves.push(...result.moves);
  }
  return {
    config,
    originalPath: (path) => moves.toReversed().reduce(moveBack, path),
  };
}

function moveBack(path: string, { from, to }: Move): string {
  const rest = path.slice(to.length);
  return path.startsWith(to) && (rest === "" || /^[.[]/.test(rest)) ? from + rest : path;
}
