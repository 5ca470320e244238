import { createHash } from "node:crypto";
import { ENTRYPOINT_PATH } from "../node/k3s-command.js";
import { isRegistryFile } from "../registry/node-files.js";
import type { ContainerFile } from "../runtime/container-file.js";

/** Hexadecimal digits of a hash that are kept: enough to see a change, not to find a secret by it. */
const DIGITS = 12;

/**
 * What the label `k3d.node.files` says of these files. k3d's own boot script is no part of it: it follows
 * k3d's version. Nor is what nodes know of registries: it changes while they run, and a label cannot.
 */
export function fileHashes(files: readonly ContainerFile[]): Record<string, string> {
  return Object.fromEntries(
    files
      .filter(({ path }) => path !== ENTRYPOINT_PATH && !isRegistryFile(path))
      .map(({ path, content, mode }) => [
        path,
        createHash("sha256").update(`${mode}\n${content}`).digest("hex").slice(0, DIGITS),
      ]),
  );
}

/** The label's value; nothing for what is none. */
export function parseFileHashes(label: string | undefined): Record<string, string> | undefined {
  try {
    const value: unknown = label === undefined ? undefined : JSON.parse(label);
    return typeof value === "object" && value !== null
      ? (value as Record<string, string>)
      : undefined;
  } catch {
    return undefined;
  }
}
