import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../engine/host/command.ts";

export const CHECKOUT = dirname(dirname(dirname(import.meta.dirname)));

/** Machines and what belongs to them; git-ignored, may be removed at any time. */
export const CACHE = join(CHECKOUT, ".tools", "vm");

/** Where the checkout, Node and the images are inside. */
export const GUEST = "/opt/k3d";

/** The key that opens the machines, which listen on the loopback of this one only. */
export async function accessKey(): Promise<{ file: string; publicKey: string }> {
  const file = join(CACHE, "key");
  if (!existsSync(file)) {
    await mkdir(CACHE, { recursive: true });
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "k3d-test", "-f", file]);
  }
  return { file, publicKey: (await readFile(`${file}.pub`, "utf8")).trim() };
}
