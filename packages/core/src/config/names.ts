import { K3dError } from "../errors/index.js";
import { syntaxError } from "../filters/index.js";
import { CLUSTER_NAME_MAX_LENGTH } from "../model/index.js";

/** Longest host name label (RFC 1123), thus longest name of a node. */
export const NODE_NAME_MAX_LENGTH = 63;

/**
 * Checks that a cluster's name can be part of host names: letters of either
 * case, digits and hyphens, no hyphen at either end, at most 32 characters.
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function checkClusterName(name: string): string {
  checkHostLabel(name, "cluster name", CLUSTER_NAME_MAX_LENGTH);
  return name;
}

/**
 * As {@link checkClusterName}, for the name of a node or registry: at most 63
 * characters, and dots may separate labels (`registry.localhost`).
 *
 * @throws `INVALID_INPUT` pointing at the offending character.
 */
export function checkHostName(name: string, what = "name"): string {
  if (name.length > NODE_NAME_MAX_LENGTH) throw tooLong(name, what, NODE_NAME_MAX_LENGTH);
  let at = 0;
  for (const label of name.split(".")) {
    checkHostLabel(label, what, NODE_NAME_MAX_LENGTH, name, at);
    at += label.length + 1;
  }
  return name;
}

function checkHostLabel(
  label: string,
  what: string,
  limit: number,
  whole = label,
  offset = 0,
): void {
  const fail = (at: number, reason: string) =>
    syntaxError({
      what,
      text: whole,
      at: offset + at,
      reason,
      hint: `Use letters, digits and hyphens, at most ${limit} characters, with a letter or digit at both ends.`,
    });
  if (label === "") throw fail(0, "it must not be empty");
  const bad = label.search(/[^A-Za-z0-9-]/);
  if (bad !== -1)
    throw fail(bad, `"${String.fromCodePoint(label.codePointAt(bad) ?? 0)}" is not allowed`);
  if (label.startsWith("-")) throw fail(0, "it must not start with a hyphen");
  if (label.endsWith("-")) throw fail(label.length - 1, "it must not end with a hyphen");
  if (label.length > limit) throw tooLong(whole, what, limit);
}

function tooLong(name: string, what: string, limit: number): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `Invalid ${what} "${name}": it has ${name.length} characters, ${limit} are allowed`,
    {
      hint: "Choose a shorter name: the names of nodes are made of it and must stay valid host names.",
      details: { input: name },
    },
  );
}
