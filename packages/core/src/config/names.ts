import { K3dError } from "../errors/index.js";
import { shorten } from "../errors/index.js";
import { syntaxError } from "../filters/index.js";
import { CLUSTER_NAME_MAX_LENGTH } from "../model/index.js";

/** Longest host name label (RFC 1123), thus longest name of a node. */
export const NODE_NAME_MAX_LENGTH = 63;

/**
 * Checks that a cluster's name can be part of host names (RFC 1123): letters of
 * either case, digits and hyphens, no hyphen at either end, dots between such
 * labels, at most 32 characters.
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function checkClusterName(name: string): string {
  return checkName(name, "cluster name", CLUSTER_NAME_MAX_LENGTH);
}

/**
 * As {@link checkClusterName}, for the name of a node or registry: at most 63
 * characters (`registry.localhost`).
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function checkHostName(name: string, what = "name"): string {
  return checkName(name, what, NODE_NAME_MAX_LENGTH);
}

/**
 * As {@link checkHostName}; an underscore may stand in it too, as engines and
 * k3d v5 have it.
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function checkRegistryName(name: string, what = "registry name"): string {
  return checkName(name, what, NODE_NAME_MAX_LENGTH, true);
}

function checkName(name: string, what: string, limit: number, underscores = false): string {
  if (name.length > limit) throw tooLong(name, what, limit);
  let at = 0;
  for (const label of name.split(".")) {
    checkHostLabel(label, { what, limit, name, at, underscores });
    at += label.length + 1;
  }
  return name;
}

interface Named {
  what: string;
  limit: number;
  /** The whole name, and where in it the label starts. */
  name: string;
  at: number;
  underscores: boolean;
}

function checkHostLabel(
  label: string,
  { what, limit, name, at: offset, underscores }: Named,
): void {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what,
      text: name,
      at: offset + at,
      reason,
      hint: `Use letters, digits${underscores ? ", hyphens and underscores" : " and hyphens"}, at most ${limit} characters, with a letter or digit at both ends; dots may stand between such parts.`,
    });
  if (label === "")
    throw fail(0, name === "" ? "it must not be empty" : "a part between dots is empty");
  const bad = label.search(underscores ? /[^A-Za-z0-9_-]/ : /[^A-Za-z0-9-]/);
  if (bad !== -1)
    throw fail(bad, `"${String.fromCodePoint(label.codePointAt(bad) ?? 0)}" is not allowed`);
  for (const [mark, word] of [
    ["-", "a hyphen"],
    ["_", "an underscore"],
  ] as const) {
    if (label.startsWith(mark)) throw fail(0, `it must not start with ${word}`);
    if (label.endsWith(mark)) throw fail(label.length - 1, `it must not end with ${word}`);
  }
}

function tooLong(name: string, what: string, limit: number): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `Invalid ${what} "${shorten(name)}": it has ${name.length} characters, ${limit} are allowed`,
    {
      hint: "Choose a shorter name: the names of nodes are made of it and must stay valid host names.",
      details: { input: shorten(name) },
    },
  );
}
