import { K3dError } from "../errors/index.js";

/** Work factor of bcrypt: what `htpasswd -B` of Apache and Docker's documentation use at least. */
const COST = 10;

/**
 * One line of an htpasswd file. The registry accepts bcrypt only.
 *
 * @throws `INVALID_INPUT` when the name or the password cannot be used with basic auth.
 */
export async function hashPassword({
  username,
  password,
}: {
  username: string;
  password: string;
}): Promise<string> {
  checkCredentials(username, password);
  const { hash } = (await import("bcryptjs")).default;
  return `${username}:${await hash(password, COST)}\n`;
}

/** @throws `INVALID_INPUT`; the message holds no password. */
export function checkCredentials(username: string, password: string): void {
  if (username === "" || /[:\p{Cc}]/u.test(username)) {
    throw new K3dError(
      "INVALID_INPUT",
      `The user name "${username}" cannot be used for a registry`,
      {
        hint: "It must not be empty and must hold neither a colon nor a control character.",
      },
    );
  }
  if (password === "" || Buffer.byteLength(password) > BCRYPT_MAX_BYTES) {
    throw new K3dError(
      "INVALID_INPUT",
      `The password of registry user "${username}" cannot be used`,
      {
        hint: `It must have between 1 and ${BCRYPT_MAX_BYTES} bytes.`,
      },
    );
  }
}

/** bcrypt takes no account of what comes after. */
const BCRYPT_MAX_BYTES = 72;

/**
 * Checks a file of users that somebody brings.
 *
 * @throws `INVALID_INPUT` naming the line that the registry would not accept.
 */
export function checkHtpasswd(text: string): string {
  const lines = text.split(/\r?\n/);
  const entries = lines.filter((line) => line.trim() !== "" && !line.startsWith("#"));
  if (entries.length === 0) throw invalidFile("it names no user");
  for (const [index, line] of lines.entries()) {
    if (entries.includes(line) && !/^[^:]+:\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(line)) {
      throw invalidFile(`line ${index + 1} is not NAME:BCRYPT-HASH`);
    }
  }
  return `${entries.join("\n")}\n`;
}

function invalidFile(reason: string): K3dError {
  return new K3dError("INVALID_INPUT", `The htpasswd file cannot be used: ${reason}`, {
    hint: "Make entries with: htpasswd -nbB NAME PASSWORD",
  });
}
