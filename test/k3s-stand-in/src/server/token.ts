import { hashOfCa } from "../pki/cluster-pki.ts";

/** The parts of a join token; source: k3s' `pkg/clientaccess/token.go`. */
export interface JoinToken {
  /** Hash of the cluster CA, empty in the short form. */
  caHash: string;
  username: string;
  password: string;
}

/** Reads `K10<ca hash>::<user>:<password>` or a bare password. */
export function parseToken(token: string): JoinToken {
  if (token === "") throw new Error("token must not be empty");
  const full = token.startsWith("K10") ? token : `K10:::${token}`;
  const [head, tail] = splitOnce(full.slice(3), "::");
  let credentials = head;
  let caHash = "";
  if (tail !== undefined) {
    caHash = head;
    credentials = tail;
    if (caHash.length > 0 && caHash.length !== 64) throw new Error("invalid token CA hash length");
  }
  const [username, password] = splitOnce(credentials, ":");
  if (!password) throw new Error("invalid token format");
  return { caHash, username, password };
}

export function formatToken(user: string, password: string, caPem: string): string {
  return `K10${hashOfCa(caPem)}::${user}:${password}`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
