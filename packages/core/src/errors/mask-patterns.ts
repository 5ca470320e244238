import { MASK, isSecretName } from "./mask-names.js";

type Replacer = (text: string) => string;

/** The secrets that a text shows by their form, wherever they stand in it, replaced by `***`. */
export function maskPatterns(text: string): string {
  return MASKERS.reduce((current, mask) => mask(current), text);
}

/** Passwords in the URLs of a text. */
export function urlPasswords(text: string): string[] {
  const found: string[] = [];
  for (const [, , rest = ""] of text.matchAll(URL_LIKE)) {
    const secret = secretPart(rest);
    if (secret !== undefined) found.push(rest.slice(secret.start, secret.end));
  }
  return found;
}

/** Whether a text shows a secret by its form: a password in a URL, a private key, a token. */
export function holdsSecret(text: string): boolean {
  return maskPatterns(text) !== text;
}

const URL_LIKE = /(\b[a-z][a-z\d+.-]{0,30}:\/\/)([^\s"'`<>\\]+)/gi;

/**
 * Where the password is in what follows `scheme://`. Passwords are often not encoded, so that `/`
 * and `@` in them are taken for the end of the password by no one but the standard: it ends at the
 * last `@`.
 */
function secretPart(rest: string): { start: number; end: number } | undefined {
  const at = rest.lastIndexOf("@");
  if (at < 1) return undefined;
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const colon = authority.indexOf(":");
  const isDigest = /^@sha\d+:[\da-f]+/.test(rest.slice(at));
  if (colon === -1) {
    // A user alone is a secret only where it is as long as a token.
    const user = authority.indexOf("@");
    return user >= USER_MIN_LENGTH ? { start: 0, end: user } : undefined;
  }
  if (authority.startsWith("[")) return undefined;
  // `host:5000/image@sha256:…` and `host:5000/~me@here` have no password.
  if (
    !authority.includes("@") &&
    /^:\d*$/.test(authority.slice(colon)) &&
    (isDigest || at < authority.length)
  )
    return undefined;
  return colon + 1 < at ? { start: colon + 1, end: at } : undefined;
}

/** Longer than the names of users. */
const USER_MIN_LENGTH = 20;

const maskUrls: Replacer = (text) =>
  text.replaceAll(URL_LIKE, (whole, scheme: string, rest: string) => {
    const secret = secretPart(rest);
    return secret === undefined
      ? whole
      : `${scheme}${rest.slice(0, secret.start)}${MASK}${rest.slice(secret.end)}`;
  });

/** `user:password@tcp(host)/db`, as Go's MySQL driver has it. */
const maskGoDsn: Replacer = (text) =>
  text.replaceAll(/(?<![^\s"'`=])[^\s"'`=]+@(?:tcp|udp|unix|cloudsql)\d?\(/g, (part) => {
    const colon = part.indexOf(":");
    const at = part.lastIndexOf("@");
    return colon === -1 || part.includes("://")
      ? part
      : `${part.slice(0, colon + 1)}${MASK}${part.slice(at)}`;
  });

const VALUE = /"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;&"'\x60,]+/y;
/** `NAME=` anywhere: options, variables, queries of URLs, connection strings, one within another. */
const ASSIGNED = /(?<![\w.-])([\w.-]+)=/g;
/** A line `name = value`, as INI, TOML and `.env` files have it. */
const LINE_ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)(\S.*)$/gm;

const maskLines: Replacer = (text) =>
  text.replaceAll(LINE_ASSIGNMENT, (line, start: string, name: string) =>
    isSecretName(name) ? `${start}${MASK}` : line,
  );

const maskAssignments: Replacer = (text) => {
  let masked = "";
  let done = 0;
  for (const { index, 0: start, 1: name = "" } of text.matchAll(ASSIGNED)) {
    if (index < done || !isSecretName(name)) continue;
    VALUE.lastIndex = index + start.length;
    if (!VALUE.test(text)) continue;
    masked += `${text.slice(done, index)}${start}${MASK}`;
    done = VALUE.lastIndex;
  }
  return masked + text.slice(done);
};

/** `"name": "value"` of JSON within another text, and of JSON within a text of JSON. */
const JSON_FIELDS = [
  /("([\w.-]+)"\s*:\s*")(?:[^"\\]|\\.)+/g,
  /(\\"([\w.-]+)\\"\s*:\s*\\")(?:[^"\\]|\\[^"])+/g,
];

const maskJson: Replacer = (text) =>
  JSON_FIELDS.reduce(
    (current, pattern) =>
      current.replaceAll(pattern, (field, start: string, name: string) =>
        isSecretName(name) ? `${start}${MASK}` : field,
      ),
    text,
  );

/** Begin and end of a private key; text from a key that is cut off is masked to its end. */
const maskKeys: Replacer = (text) =>
  text
    .replaceAll(
      /(-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----)[^]*?(-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$(?![^]))/g,
      (_, begin: string, end: string) => `${begin}${MASK}${end}`,
    )
    .replaceAll(BASE64_PEM, (encoded) =>
      /PRIVATE KEY/.test(Buffer.from(encoded, "base64").toString("latin1")) ? MASK : encoded,
    );

/** Base64 of `-----BEGIN`. */
const BASE64_PEM = /LS0tLS1CRUdJTi[A-Za-z\d+/]+=*/g;

const TOKENS: readonly [RegExp, string][] = [
  // A k3s token: `K10<hash of the CA>::<user>:<password>`.
  [/\bK10[\da-f]+::[\w-]+:[^\s"']+/g, MASK],
  [/\b(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token)\s+)?)[^\s"',}]+/gi, `$1${MASK}`],
  // A line of a `.netrc` file.
  [/\b(login\s+\S+\s+password\s+)\S+/g, `$1${MASK}`],
  [/\b((?:Bearer|Basic) )[\w.~+/-]{8,}=*/g, `$1${MASK}`],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, MASK],
  [
    /\b(?:gh[opusr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|npm_\w{30,})/g,
    MASK,
  ],
];

const maskTokens: Replacer = (text) =>
  TOKENS.reduce((current, [pattern, by]) => current.replaceAll(pattern, by), text);

const MASKERS: readonly Replacer[] = [
  maskKeys,
  maskUrls,
  maskGoDsn,
  maskLines,
  maskAssignments,
  maskJson,
  maskTokens,
];
