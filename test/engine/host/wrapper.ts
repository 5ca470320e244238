import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the wrapper lives for engines: outside the checkout, which may move or go. */
export const WRAPPER_PATH = "/usr/local/libexec/k3d-test/runc-wrapper";

const SOURCE = join(import.meta.dirname, "..", "runc-wrapper.pl");

/** Installs the runc wrapper, replacing an older one atomically. Returns whether it changed. */
export function installWrapper(): boolean {
  const wanted = readFileSync(SOURCE);
  try {
    if (readFileSync(WRAPPER_PATH).equals(wanted)) return false;
  } catch {
    mkdirSync(dirname(WRAPPER_PATH), { recursive: true });
  }
  const temporary = `${WRAPPER_PATH}.${process.pid}`;
  writeFileSync(temporary, wanted);
  chmodSync(temporary, 0o755);
  renameSync(temporary, WRAPPER_PATH);
  return true;
}
