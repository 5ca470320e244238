import type { ConfigVersion } from "../versions.js";
import type { Tree } from "../tree.js";

/** A field that has another path after a migration. */
export interface Move {
  from: string;
  to: string;
}

/** Brings a valid config of one version to the next one. */
export interface Migration {
  from: ConfigVersion;
  to: ConfigVersion;
  migrate(config: Tree): { config: Tree; moves: Move[] };
}
