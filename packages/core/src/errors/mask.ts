import { MASK, isSecretName } from "./mask-names.js";
import { maskPatterns, urlPasswords } from "./mask-patterns.js";

export { MASK, isSecretName } from "./mask-names.js";
export { holdsSecret } from "./mask-patterns.js";

/** `NAME=value` and `--flag=NAME=value`. */
const ASSIGNMENTS = [/^([^=\s]+)=(.*)$/s, /^(--[\w-]+=[^=\s]+)=(.*)$/s];
/** Shorter values would mask ordinary words of a text. */
const SECRET_MIN_LENGTH = 4;

/**
 * A command line without its secrets, for error details and logs: values of
 * `NAME=value` and `--flag value` with a {@link isSecretName secret name}, and
 * what {@link maskText} finds, become `***`.
 */
export function maskArgs(args: readonly string[]): string[] {
  return args.map((arg, index) =>
    isSecretFlagValue(args, index) ? MASK : maskPatterns(maskAssignment(arg)),
  );
}

/**
 * `text` (standard error, a log line) without the given secrets, and without what is one by its
 * form: passwords in URLs and connection strings, values of secret variables, private keys, tokens.
 *
 * @param secrets values to mask wherever they appear, as {@link secretsIn} finds them.
 */
export function maskText(text: string, secrets: readonly string[] = []): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret.toWellFormed())]);
  const longestFirst = forms.toSorted((one, other) => other.length - one.length);
  const masked = longestFirst
    .filter((secret) => secret.length >= SECRET_MIN_LENGTH)
    .reduce((current, secret) => current.replaceAll(secret, MASK), text);
  return maskPatterns(masked);
}

/** The secret values in a command line or in `NAME=value` entries: what {@link maskArgs} hides. */
export function secretsIn(args: readonly string[]): string[] {
  const found = args.flatMap((arg, index) => {
    if (isSecretFlagValue(args, index)) return [arg];
    const assignment = secretAssignment(arg);
    return assignment === undefined ? urlPasswords(arg) : [assignment.value];
  });
  return [...new Set(found.filter((value) => value !== ""))];
}

function maskAssignment(arg: string): string {
  const assignment = secretAssignment(arg);
  return assignment === undefined ? arg : `${assignment.name}=${MASK}`;
}

function secretAssignment(arg: string): { name: string; value: string } | undefined {
  return ASSIGNMENTS.map((pattern) => pattern.exec(arg))
    .map((match) => ({ name: match?.[1] ?? "", value: match?.[2] ?? "" }))
    .find(({ name }) => isSecretName(name));
}

function isSecretFlagValue(args: readonly string[], index: number): boolean {
  const flag = args[index - 1];
  const value = args[index];
  return (
    flag !== undefined &&
    value !== undefined &&
    flag.startsWith("--") &&
    !flag.includes("=") &&
    !value.startsWith("-") &&
    isSecretName(flag)
  );
}
