import { randomBytes, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { ApiError } from "../errors.ts";
import type { Datastore, KubeObject } from "../store/types.ts";
import { admitPod } from "./admission.ts";
import { apiVersionOf, keyOf, prefixOf, qualifiedName, type Resource } from "./resources.ts";
import { prepare } from "./validation.ts";

const attempts = 8;

export interface DeleteOptions {
  resourceVersion?: string;
  uid?: string;
}

/** Typed access to the stored objects, with the rules of the API: names, conflicts, finalizers. */
export class Objects {
  readonly #datastore: Datastore;

  constructor(datastore: Datastore) {
    this.#datastore = datastore;
  }

  get datastore(): Datastore {
    return this.#datastore;
  }

  get revision(): number {
    return this.#datastore.state.revision;
  }

  /** The object as clients see it, or undefined. */
  find(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    const entry = this.#datastore.state.get(keyOf(resource, namespace, name));
    return entry && present(resource, entry.value, entry.revision);
  }

  get(resource: Resource, namespace: string, name: string): KubeObject {
    const found = this.find(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  list(resource: Resource, namespace?: string): KubeObject[] {
    return this.#datastore.state
      .list(prefixOf(resource, namespace))
      .map(({ entry }) => present(resource, entry.value, entry.revision));
  }

  async create(
    resource: Resource,
    namespace: string,
    body: KubeObject,
    dryRun = false,
  ): Promise<KubeObject> {
    const generated =
      body.metadata?.generateName && !body.metadata.name
        ? body.metadata.generateName + randomBytes(3).toString("hex").slice(0, 5)
        : undefined;
    const object: KubeObject = {
      ...body,
      metadata: {
        ...body.metadata,
        ...(generated ? { name: generated } : {}),
        ...(resource.namespaced ? { namespace } : {}),
        uid: randomUUID(),
        creationTimestamp: timestamp(),
      },
    };
    if (hasGeneration(resource)) object.metadata.generation = 1;
    prepare(resource, object);
    this.#requireNamespace(resource, namespace);
    if (resource.group === "" && resource.plural === "pods") await admitPod(this, object);
    const { name } = object.metadata;
    const key = keyOf(resource, namespace, name);
    if (dryRun) {
      if (this.#datastore.state.get(key)) throw alreadyExists(resource, name);
      return present(resource, object, 0);
    }
    const outcome = await this.#datastore.propose({
      type: "put",
      key,
      value: stored(object),
      expect: 0,
    });
    if (!outcome.ok) throw alreadyExists(resource, name);
    return present(resource, object, this.#datastore.state.get(key)?.revision ?? outcome.revision);
  }

  /**
   * Reads, changes and writes back, again when somebody else wrote in between.
   * A `resourceVersion` in the changed object must be the current one.
   */
  async update(
    resource: Resource,
    namespace: string,
    name: string,
    change: (current: KubeObject) => KubeObject,
    dryRun = false,
  ): Promise<KubeObject> {
    const key = keyOf(resource, namespace, name);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const entry = this.#datastore.state.get(key);
      if (!entry) throw notFound(resource, name);
      const current = present(resource, entry.value, entry.revision);
      const next = change(current);
      checkIdentity(resource, current, next, name);
      const wanted = next.metadata.resourceVersion;
      if (wanted && wanted !== String(entry.revision)) throw conflict(resource, name);
      const value = this.#merged(resource, current, next);
      if (isDeepStrictEqual(stored(value), entry.value)) return current;
      prepare(resource, value, current);
      if (dryRun) return present(resource, value, entry.revision);
      const finished = value.metadata.deletionTimestamp && !value.metadata.finalizers?.length;
      const outcome = await this.#datastore.propose(
        finished
          ? { type: "delete", key, expect: entry.revision }
          : { type: "put", key, value: stored(value), expect: entry.revision },
      );
      if (outcome.ok) return present(resource, value, outcome.revision);
      if (wanted) throw conflict(resource, name);
    }
    throw conflict(resource, name);
  }

  #merged(resource: Resource, current: KubeObject, next: KubeObject): KubeObject {
    const { uid, creationTimestamp, deletionTimestamp, generation } = current.metadata;
    const value: KubeObject = {
      ...next,
      metadata: {
        ...next.metadata,
        name: current.metadata.name,
        ...(current.metadata.namespace ? { namespace: current.metadata.namespace } : {}),
        ...(uid ? { uid } : {}),
        ...(creationTimestamp ? { creationTimestamp } : {}),
        ...(deletionTimestamp ? { deletionTimestamp } : {}),
      },
    };
    if (hasGeneration(resource))
      value.metadata.generation = isDeepStrictEqual(value["spec"], current["spec"])
        ? (generation ?? 1)
        : (generation ?? 1) + 1;
    return value;
  }

  /** Deletes, or marks as being deleted when finalizers remain. Answers the object as it was last. */
  async remove(
    resource: Resource,
    namespace: string,
    name: string,
    options: DeleteOptions = {},
    dryRun = false,
  ): Promise<{ object: KubeObject; gone: boolean }> {
    const key = keyOf(resource, namespace, name);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const entry = this.#datastore.state.get(key);
      if (!entry) throw notFound(resource, name);
      const object = present(resource, entry.value, entry.revision);
      if (options.uid && options.uid !== object.metadata.uid)
        throw conflict(
          resource,
          name,
          `Precondition failed: UID in precondition: ${options.uid}, UID in object meta: ${object.metadata.uid}`,
        );
      if (options.resourceVersion && options.resourceVersion !== String(entry.revision))
        throw conflict(resource, name);
      if (dryRun) return { object, gone: true };
      if (object.metadata.finalizers?.length) {
        if (object.metadata.deletionTimestamp) return { object, gone: false };
        const marked = {
          ...object,
          metadata: {
            ...object.metadata,
            deletionTimestamp: timestamp(),
            deletionGracePeriodSeconds: 0,
          },
        };
        const outcome = await this.#datastore.propose({
          type: "put",
          key,
          value: stored(marked),
          expect: entry.revision,
        });
        if (outcome.ok) return { object: present(resource, marked, outcome.revision), gone: false };
        continue;
      }
      const outcome = await this.#datastore.propose({
        type: "delete",
        key,
        expect: entry.revision,
      });
      if (outcome.ok) return { object, gone: true };
    }
    throw conflict(resource, name);
  }

  /** Creates the object, or changes it to what `body` says; other fields stay. */
  async ensure(resource: Resource, namespace: string, body: KubeObject): Promise<KubeObject> {
    const { name } = body.metadata;
    const update = (): Promise<KubeObject> =>
      this.update(resource, namespace, name, (current) => ({
        ...current,
        ...body,
        metadata: { ...current.metadata, ...body.metadata },
      }));
    if (this.find(resource, namespace, name)) return update();
    try {
      return await this.create(resource, namespace, body);
    } catch (error) {
      // Made by another one meanwhile.
      if (error instanceof ApiError && error.reason === "AlreadyExists") return update();
      throw error;
    }
  }

  #requireNamespace(resource: Resource, namespace: string): void {
    if (!resource.namespaced) return;
    const found = this.#datastore.state.get(`/core/namespaces//${namespace}`);
    if (!found)
      throw new ApiError(404, "NotFound", `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: "namespaces",
      });
    if (found.value.metadata.deletionTimestamp) {
      throw new ApiError(
        403,
        "Forbidden",
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }
}

export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function hasGeneration(resource: Resource): boolean {
  return resource.group !== "" && resource.group !== "coordination.k8s.io" && resource.status;
}

/** An object as clients see it. */
export function present(resource: Resource, value: KubeObject, revision: number): KubeObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = value;
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: revision ? { ...metadata, resourceVersion: String(revision) } : { ...metadata },
    ...rest,
  };
}

function stored(object: KubeObject): KubeObject {
  const { resourceVersion: _revision, ...metadata } = object.metadata;
  return JSON.parse(JSON.stringify({ ...object, metadata })) as KubeObject;
}

function checkIdentity(
  resource: Resource,
  current: KubeObject,
  next: KubeObject,
  name: string,
): void {
  if (next.metadata?.name !== undefined && next.metadata.name !== name) {
    throw new ApiError(
      400,
      "BadRequest",
      `the name of the object (${next.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (next.metadata?.uid && next.metadata.uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${next.metadata.uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError(404, "NotFound", `${qualifiedName(resource)} "${name}" not found`, {
    name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: resource.plural,
  });
}

function alreadyExists(resource: Resource, name: string): ApiError {
  return new ApiError(409, "AlreadyExists", `${qualifiedName(resource)} "${name}" already exists`, {
    name,
    ...(resource.group ? { group: resource.group } : {}),
    kind: resource.plural,
  });
}

function conflict(
  resource: Resource,
  name: string,
  why = "the object has been modified; please apply your changes to the latest version and try again",
): ApiError {
  return new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
    { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural },
  );
}
