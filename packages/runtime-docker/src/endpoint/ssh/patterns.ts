/** Patterns of OpenSSH's files (ssh_config(5), "PATTERNS"): `*` and `?`; with `!` an exception. */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const hit = (pattern: string): boolean => toRegExp(pattern).test(name);
  return (
    patterns.some((pattern) => !pattern.startsWith("!") && hit(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith("!") && hit(pattern.slice(1)))
  );
}

function toRegExp(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "i");
}
