import { log } from "../log.ts";
import { messageOf } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { type Objects, timestamp } from "./objects.ts";
import { findResource, type Resource, resources } from "./resources.ts";

const namespaces = findResource("", "v1", "namespaces") as Resource;

/** Marks a namespace as terminating, removes its content in the background and then itself. */
export async function removeNamespace(objects: Objects, name: string): Promise<KubeObject> {
  const marked = await objects.update(namespaces, "", name, (current) => ({
    ...current,
    metadata: { ...current.metadata, finalizers: ["kubernetes"] },
    status: { phase: "Terminating" },
  }));
  const { object } = await objects.remove(namespaces, "", name);
  purge(objects, name).catch((error: unknown) =>
    log.error(`Failed to remove namespace ${name}: ${messageOf(error)}`),
  );
  return {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: object.metadata.deletionTimestamp ?? timestamp(),
    },
    status: marked["status"],
  };
}

async function purge(objects: Objects, name: string): Promise<void> {
  for (const resource of resources) {
    if (!resource.namespaced) continue;
    for (const item of objects.list(resource, name))
      await objects.remove(resource, name, item.metadata.name);
  }
  await objects.update(namespaces, "", name, (current) => ({
    ...current,
    metadata: { ...current.metadata, finalizers: [] },
  }));
}
