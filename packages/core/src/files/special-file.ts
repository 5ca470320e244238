import { constants, type Stats } from "node:fs";
import { open, stat } from "node:fs/promises";
import { K3dError, throwIfAborted } from "../errors/index.js";
import { pause } from "./pause.js";
import { codeOf, ifMissing } from "./target.js";

/** Whether a path leads to something that is there and is no regular file: a device, a pipe, a directory. */
export async function isSpecialFile(path: string): Promise<boolean> {
  const present = await stat(path).catch(ifMissing);
  return present !== undefined && !present.isFile();
}

/** Milliseconds between two tries to write to a pipe that is full. */
const PIPE_PAUSE_MS = 20;

/**
 * Writes to a character device or a pipe with a reader as it is.
 *
 * @throws K3dError `INVALID_INPUT` for everything else, `ABORTED`; errors of the system as they are
 */
export async function writeToSpecial(
  path: string,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  present: Stats,
  signal: AbortSignal | undefined,
): Promise<void> {
  refuseUnwritable(path, present);
  const { O_WRONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants;
  // Without O_NONBLOCK opening a pipe waits for its reader, and no signal ends that.
  const handle = await open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY).catch((error: unknown) => {
    throw codeOf(error) === "ENXIO" ? refused(path, "is a pipe that nobody reads") : error;
  });
  try {
    for await (const bytes of pieces) {
      let written = 0;
      while (written < bytes.length) {
        throwIfAborted(signal);
        try {
          written += (await handle.write(bytes, written)).bytesWritten;
        } catch (error) {
          if (codeOf(error) !== "EAGAIN") throw error;
          await pause(PIPE_PAUSE_MS, signal);
        }
      }
    }
  } finally {
    await handle.close();
  }
}

/** @throws K3dError `INVALID_INPUT` for directories, block devices and sockets */
export function refuseUnwritable(path: string, present: Stats): void {
  if (present.isDirectory()) throw refused(path, "is a directory");
  if (present.isBlockDevice()) throw refused(path, "is a block device");
  if (present.isSocket()) throw refused(path, "is a socket");
}

function refused(path: string, what: string): K3dError {
  return new K3dError("INVALID_INPUT", `'${path}' ${what}: k3d does not write there`, {
    hint: "Name a regular file.",
  });
}
