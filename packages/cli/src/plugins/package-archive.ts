import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { K3dError, toK3dError } from "@k3d/core";
import { extract } from "tar-stream";
import type { PeerRanges } from "./fits.js";

/** What is read of a package before it is installed. */
export interface PackageFacts extends PeerRanges {
  name: string;
  version: string;
  oclif?: object;
  k3d?: { runtimes?: Record<string, string>; hooks?: unknown };
}

/** A package.json of more bytes than this is none. */
const SIZE_LIMIT = 1024 * 1024;

/**
 * Reads the package.json in a tarball of `npm pack`.
 *
 * @throws K3dError `INVALID_INPUT` when the file is no such tarball
 */
export async function readPackageArchive(path: string): Promise<PackageFacts> {
  let text: string | undefined;
  const entries = extract();
  entries.on("entry", ({ name, size }, content, next) => {
    // The pipeline tells why; a part that is cut short would end the process.
    content.on("error", () => {});
    if (text !== undefined || !/^[^/]+\/package\.json$/.test(name) || (size ?? 0) > SIZE_LIMIT) {
      content.on("end", next);
      content.resume();
      return;
    }
    const chunks: Buffer[] = [];
    content.on("data", (chunk) => chunks.push(chunk as Buffer));
    content.on("end", () => {
      text = Buffer.concat(chunks).toString("utf8");
      next();
    });
  });
  try {
    await pipeline(createReadStream(path), createGunzip(), entries);
    const facts = JSON.parse(text ?? "null") as Partial<PackageFacts> | null;
    if (typeof facts?.name === "string" && typeof facts.version === "string")
      return facts as PackageFacts;
  } catch (error) {
    throw noPackage(path, toK3dError(error).message, error);
  }
  throw noPackage(path, "it holds no package.json with a name and a version");
}

function noPackage(path: string, reason: string, cause?: unknown): K3dError {
  return new K3dError("INVALID_INPUT", `${path} is not an npm package: ${reason}`, {
    hint: "Give a file that npm pack or pnpm pack made",
    cause,
  });
}
