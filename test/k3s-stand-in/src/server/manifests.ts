import { existsSync, readdirSync, readFileSync, statSync, watch } from "node:fs";
import { join, relative } from "node:path";
import { createHash } from "node:crypto";
import type { Objects } from "../api/objects.ts";
import { mergePatch } from "../api/patch.ts";
import { resourceOfKind } from "../api/resources.ts";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { KubeObject } from "../store/types.ts";
import type { ServerConfig } from "./config.ts";

const rescanMs = 15_000;

/** Manifest files below a directory, skipping the components that `--disable` names. */
function manifestFiles(directory: string, disabled: string[]): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) => /\.(ya?ml|json)$/.test(file) && statSync(file, { throwIfNoEntry: false })?.isFile(),
    )
    .filter((file) => {
      const parts = relative(directory, file).split("/");
      const names = [parts[0] as string, (parts.at(-1) as string).replace(/\.[^.]+$/, "")];
      return !existsSync(`${file}.skip`) && !names.some((name) => disabled.includes(name));
    })
    .sort();
}

async function documentsOf(text: string): Promise<KubeObject[]> {
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const object = document.toJS() as (KubeObject & { items?: KubeObject[] }) | null;
    if (!object) return [];
    return object.kind === "List" ? (object.items ?? []) : [object];
  });
}

async function applyObject(objects: Objects, object: KubeObject): Promise<void> {
  const resource = resourceOfKind(object.apiVersion ?? "", object.kind ?? "");
  if (!resource)
    throw new Error(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
  const namespace = resource.namespaced ? (object.metadata?.namespace ?? "default") : "";
  const name = object.metadata?.name;
  if (!name) throw new Error(`${object.kind} has no metadata.name`);
  if (objects.find(resource, namespace, name))
    await objects.update(
      resource,
      namespace,
      name,
      (current) => mergePatch(current, object) as KubeObject,
    );
  else await objects.create(resource, namespace, object);
}

/**
 * Applies the manifests in `server/manifests` and below, now and whenever one
 * changes; returns how to stop. A broken file does not hold up the others.
 */
export async function deployManifests(objects: Objects, config: ServerConfig): Promise<() => void> {
  const directory = config.paths.server("manifests");
  const disabled = config.options.list("disable");
  const applied = new Map<string, string>();

  const scan = async (): Promise<void> => {
    for (const file of manifestFiles(directory, disabled)) {
      const text = readFileSync(file, "utf8");
      const checksum = createHash("sha256").update(text).digest("hex");
      if (applied.get(file) === checksum) continue;
      try {
        for (const object of await documentsOf(text)) await applyObject(objects, object);
        applied.set(file, checksum);
        log.info(`Applied manifest at "${file}"`);
      } catch (error) {
        log.error(`Failed to process config: failed to process ${file}: ${messageOf(error)}`);
      }
    }
  };

  await scan();
  let running = Promise.resolve();
  const again = (): void => {
    running = running
      .then(scan)
      .catch((error: unknown) => log.error(`Failed to read manifests: ${messageOf(error)}`));
  };
  const timer = setInterval(again, rescanMs);
  const watcher = existsSync(directory) ? watch(directory, { recursive: true }, again) : undefined;
  watcher?.on("error", () => undefined);
  return () => {
    clearInterval(timer);
    watcher?.close();
  };
}
