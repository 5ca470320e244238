/** What stands in for a secret. */
export const MASK = "***";

/** Words at the end of a name whose value is a secret. */
const SECRET_WORDS = new Set(
  `token auth authorization password passwd passphrase passcode pass pwd secret credential credentials creds basicauth apikey
  privatekey secretkey accesskey jwt pat bearer cookie dsn connectionstring dockercfg dockerconfigjson htpasswd salt seed webhook`
    .split(/\s+/)
    .filter(Boolean),
);
/** `key` is a secret after one of these words, and `string` after `connection`. */
const SECRET_PAIRS = new Set(
  `api app access private secret enc encryption cipher hmac signing master account storage service session license shared ssh deploy rsa`
    .split(/\s+/)
    .map((word) => `${word} key`)
    .concat(
      "connection string",
      "secret key base",
      "key data",
      "docker config json",
      "webhook url",
      "basicauth users",
      "basic auth users",
    ),
);
/** Written without a separator: `PGPASS`, `DBPASSWORD`, `authtoken`. Some English words end like that. */
const GLUED =
  /(?:password|passwd|passphrase|secret|apikey)$|(?:auth|access|api|id|identity|registry|refresh|bearer|agent|server|session|personal|deploy|user|admin|root|join|bot|client|vault|security|csrf)token$|^(?:pg|my|mysql|db|redis|smtp|ldap|ftp|mail|user|sudo|ssh|root|admin|mongo|rabbitmq|sql)(?:pass|pwd)$/;
/** The directory of a shell. */
const NO_SECRETS = new Set(["pwd", "oldpwd", "old pwd"]);

/**
 * Whether a variable, flag, field or label of this name holds a secret, by the words at its end:
 * `K3S_TOKEN`, `--agent-token`, `k3d.cluster.token`, `AWS_SECRET_ACCESS_KEY`, `MYSQL_PWD`,
 * `clientSecret` do; `K3S_TOKEN_FILE`, `PWD`, `secretName` do not.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  if (NO_SECRETS.has(words.join(" "))) return false;
  const last = words.at(-1) ?? "";
  return (
    SECRET_WORDS.has(last) ||
    GLUED.test(last) ||
    SECRET_PAIRS.has(words.slice(-2).join(" ")) ||
    SECRET_PAIRS.has(words.slice(-3).join(" "))
  );
}

function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter(Boolean);
}
