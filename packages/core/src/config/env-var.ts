import { syntaxError } from "../filters/index.js";

export interface EnvVar {
  name: string;
  /** `undefined` when only the name was given and the caller has no such variable. */
  value: string | undefined;
}

/**
 * Parses `NAME=value`; `NAME` alone takes the value from `environment`.
 *
 * @throws `INVALID_INPUT` when there is no name or it has a space or NUL in it.
 */
export function parseEnvVar(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): EnvVar {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const fail = (at: number, reason: string) =>
    syntaxError({
      what: "environment variable",
      text,
      at,
      reason,
      hint: "Write NAME=value, or NAME alone to pass on the variable of that name.",
    });
  if (name === "") throw fail(0, "a name is missing");
  const bad = name.search(/[\s\0]/);
  if (bad !== -1) throw fail(bad, "a name must not contain spaces");
  if (text.includes("\0")) throw fail(text.indexOf("\0"), "a NUL character cannot be passed on");
  const inherited = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return { name, value: equals === -1 ? inherited : text.slice(equals + 1) };
}

/** `NAME=value`, or `NAME` when there is no value. */
export const formatEnvVar = ({ name, value }: EnvVar): string =>
  value === undefined ? name : `${name}=${value}`;
