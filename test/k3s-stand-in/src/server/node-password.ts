import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { ApiError } from "../errors.ts";
import type { Objects } from "../api/objects.ts";
import { findResource, type Resource } from "../api/resources.ts";

const secrets = findResource("", "v1", "secrets") as Resource;
const parameters = { N: 10, r: 8, p: 1, length: 64 };

/** Raised when a node presents another password than the first node of its name did. */
export class NodePasswordRejected extends Error {}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      password,
      salt,
      parameters.length,
      { N: 2 ** parameters.N, r: parameters.r, p: parameters.p },
      (error, key) => (error ? reject(error) : resolve(key)),
    );
  });
}

async function hash(password: string): Promise<string> {
  const salt = randomBytes(8);
  const key = await derive(password, salt);
  return `$1:${salt.toString("hex")}:${parameters.N}:${parameters.r}:${parameters.p}:${key.toString("base64")}`;
}

async function matches(password: string, kept: string): Promise<boolean> {
  const [, saltHex = "", , , , key = ""] = kept.split(":");
  const expected = Buffer.from(key, "base64");
  const derived = await derive(password, Buffer.from(saltHex, "hex"));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

function secretName(node: string): string {
  return `${node}.node-password.k3s`.toLowerCase();
}

/** Checks a node's password against its secret in `kube-system`, creating the secret at the first time. */
export async function ensureNodePassword(
  objects: Objects,
  node: string,
  password: string,
): Promise<void> {
  const name = secretName(node);
  const found = objects.find(secrets, "kube-system", name);
  if (found) {
    const kept = Buffer.from(
      (found["data"] as Record<string, string> | undefined)?.["hash"] ?? "",
      "base64",
    ).toString();
    if (!(await matches(password, kept)))
      throw new NodePasswordRejected(
        `unable to verify hash for node '${node}': hash does not match`,
      );
    return;
  }
  const data = { hash: Buffer.from(await hash(password)).toString("base64") };
  try {
    await objects.create(secrets, "kube-system", {
      metadata: { name },
      immutable: true,
      data,
      type: "Opaque",
    });
  } catch (error) {
    if (error instanceof ApiError && error.reason === "AlreadyExists")
      return ensureNodePassword(objects, node, password);
    throw error;
  }
}

/** Forgets a node's password, as k3s does when the Node object is deleted. */
export async function forgetNodePassword(objects: Objects, node: string): Promise<void> {
  if (objects.find(secrets, "kube-system", secretName(node)))
    await objects.remove(secrets, "kube-system", secretName(node));
}
