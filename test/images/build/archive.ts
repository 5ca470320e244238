import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** Streams an image's folder as one archive; see `writeImage` for what reads it. */
export function packImage(folder: string): Readable {
  const tar = spawn("tar", ["-C", folder, "-cf", "-", "."], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  tar.once("close", (code) => {
    if (code !== 0) tar.stdout.destroy(new Error(`tar ended with exit code ${code} on ${folder}`));
  });
  return tar.stdout;
}
