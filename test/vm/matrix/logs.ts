import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Machine } from "../machine/machine.ts";

/** What tells why something went wrong inside, by file. */
const LOGS: Readonly<Record<string, readonly string[]>> = {
  "journal.log": ["journalctl", "--no-pager", "--output=short-monotonic", "--lines=20000"],
  "units.log": ["systemctl", "--no-pager", "--all", "--failed"],
  "docker.log": ["docker", "ps", "--all"],
  "podman.log": ["podman", "ps", "--all"],
  "conformance.log": ["sh", "-c", "cat /tmp/conformance-*.log"],
};

/** Brings the machine's logs out. A machine that is gone has none. */
export async function collectLogs(machine: Machine, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [file, command] of Object.entries(LOGS)) {
    const { stdout, stderr } = await machine.shell("root").attempt(command, { minutes: 3 });
    await writeFile(join(folder, file), stdout + stderr);
  }
}
