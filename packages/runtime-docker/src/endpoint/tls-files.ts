import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, notRead } from "@k3d/core/runtime";
import type { TlsFiles } from "./endpoint.js";

const NAMES = ["ca.pem", "cert.pem", "key.pem"] as const;
const ABSENT = ["ENOENT", "ENOTDIR"];

/**
 * `ca.pem`, `cert.pem` and `key.pem` of a directory, those that are there.
 *
 * @throws `INVALID_CONFIG` for a file that is there and cannot be read or is not PEM, and a certificate without its key.
 */
export async function readTlsFiles(dir: string, verify: boolean): Promise<TlsFiles> {
  const found: (Buffer | undefined)[] = [];
  // In turn: of two faults always the same one is told.
  for (const name of NAMES) found.push(await readIfThere(join(dir, name)));
  const [ca, cert, key] = found;
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] = cert ? ["cert.pem", "key.pem"] : ["key.pem", "cert.pem"];
    throw new K3dError("INVALID_CONFIG", `${dir} has ${there}, but no ${missing}`, {
      hint: "The engine knows a client by both together: put the missing file beside the other.",
    });
  }
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), verify };
}

/** Whether there is any of them. */
export function hasFiles({ ca, cert, key }: TlsFiles): boolean {
  return ca !== undefined || cert !== undefined || key !== undefined;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    if (ABSENT.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw notRead(path, error, { code: "INVALID_CONFIG" });
  }
  if (content.includes("-----BEGIN ")) return content;
  throw new K3dError("INVALID_CONFIG", `${path} is not in PEM format`, {
    hint: "It begins with a line like -----BEGIN CERTIFICATE-----.",
  });
}
