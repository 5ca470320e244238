/** What stands in for a secret. */
export const MASK = "***";

const SECRET_WORD =
  /(?:^|[^a-z])(?:token|auth|password|passwd|passphrase|secret|credentials?|apikey|(?:api|access|private|encryption)[._-]?key)$/i;
/** `scheme://user:password@host`: the password. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/@]+(?=@)/gi;
/** A k3s token: `K10<hash of the CA>::<user>:<password>`. */
const K3S_TOKEN = /\bK10[0-9a-f]+::[\w-]+:[^\s"']+/g;
/** `NAME=value` and `--flag=NAME=value`. */
const ASSIGNMENTS = [/^([^=\s]+)=(.*)$/s, /^(--[\w-]+=[^=\s]+)=(.*)$/s];
/** Shorter values would mask ordinary words of a text. */
const SECRET_MIN_LENGTH = 4;

/**
 * Whether a variable, flag or label of this name holds a secret by its last
 * word: `K3S_TOKEN`, `--agent-token`, `k3d.cluster.token`,
 * `AWS_SECRET_ACCESS_KEY` do, `K3S_TOKEN_FILE` does not.
 */
export function isSecretName(name: string): boolean {
  return SECRET_WORD.test(name);
}

/**
 * A command line without its secrets, for error details and logs: values of
 * `NAME=value` and `--flag value` with a {@link isSecretName secret name} and
 * passwords in URLs become `***`.
 */
export function maskArgs(args: readonly string[]): string[] {
  return args.map((arg, index) =>
    isSecretFlagValue(args, index) ? MASK : maskPatterns(maskAssignment(arg)),
  );
}

/**
 * `text` (standard error, a log line) without the given secrets, passwords in
 * URLs and k3s tokens.
 *
 * @param secrets values to mask wherever they appear, as {@link secretsIn} finds them.
 */
export function maskText(text: string, secrets: readonly string[] = []): string {
  const longestFirst = [...secrets].toSorted((one, other) => other.length - one.length);
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
    return assignment === undefined ? [] : [assignment.value];
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

function maskPatterns(text: string): string {
  return text.replaceAll(URL_PASSWORD, `$1${MASK}`).replaceAll(K3S_TOKEN, MASK);
}
