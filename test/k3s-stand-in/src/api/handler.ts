import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { authorize, type User } from "./authorize.ts";
import { discovery } from "./discovery.ts";
import { evict, type Eviction } from "./eviction.ts";
import { healthReport } from "./health.ts";
import { removeNamespace } from "./namespaces.ts";
import type { Objects } from "./objects.ts";
import { openApi } from "./openapi.ts";
import { applyPatch } from "./patching.ts";
import { readObject, targetOf, type Target } from "./request.ts";
import { isDryRun, sendJson } from "./respond.ts";
import { apiVersionOf } from "./resources.ts";
import { fieldSelector, labelSelector } from "./selectors.ts";
import { statusOf, success } from "./status.ts";
import { tableOf, tableVersion } from "./table.ts";
import { checkFields } from "./field-validation.ts";
import { versionInfo } from "./version.ts";
import { serveWatch } from "./watch.ts";

export interface ApiSettings {
  objects: Objects;
  version: string;
  /** `host:port` that clients are told about. */
  address: string;
  /** Names of the health checks that fail now. */
  failing: () => string[];
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
}

/** The Kubernetes API of one server. */
export class KubeApi {
  readonly #settings: ApiSettings;

  constructor(settings: ApiSettings) {
    this.#settings = settings;
  }

  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    user: User | undefined,
  ): Promise<void> {
    try {
      if (!user) throw new ApiError(401, "Unauthorized", "Unauthorized");
      const url = new URL(request.url ?? "/", "https://localhost");
      await this.#route({ request, response, url }, user);
    } catch (error) {
      const { code, body } = statusOf(error);
      if (response.headersSent) response.end();
      else sendJson(response, code, body);
    }
  }

  async #route(call: Call, user: User): Promise<void> {
    const { response, url, request } = call;
    const { pathname } = url;
    const health = /^\/(readyz|livez|healthz)(\/[\w./-]+)?$/.exec(pathname);
    if (health) return this.#health(response, url, health[1] as string, health[2]?.slice(1));
    if (pathname === "/version" || pathname === "/version/")
      return sendJson(response, 200, versionInfo(this.#settings.version));
    if (pathname.startsWith("/openapi/"))
      return openApi(pathname, request, response, this.#settings.version);
    const document = discovery(pathname.replace(/(.)\/$/, "$1"), this.#settings.address);
    if (document) return sendJson(response, 200, document);
    const target = targetOf(pathname);
    if (!target)
      throw new ApiError(404, "NotFound", "the server could not find the requested resource");
    authorize(user, request.method ?? "GET", target);
    await this.#serve(call, target);
  }

  #health(response: ServerResponse, url: URL, kind: string, single: string | undefined): void {
    const failing = this.#settings.failing();
    const { code, text } = healthReport(kind, failing, {
      single,
      verbose: url.searchParams.has("verbose"),
      excluded: url.searchParams.getAll("exclude"),
    });
    response
      .writeHead(code, {
        "content-type": "text/plain; charset=utf-8",
        "x-content-type-options": "nosniff",
      })
      .end(text);
  }

  async #serve(call: Call, target: Target): Promise<void> {
    const { request, response, url } = call;
    if (isEviction(target) && request.method === "POST") return this.#evict(call, target);
    if (
      target.subresource !== undefined &&
      !(target.subresource === "status" && target.resource.status)
    ) {
      throw new ApiError(404, "NotFound", "the server could not find the requested resource");
    }
    await this.#settings.objects.datastore.barrier();
    const method = request.method ?? "GET";
    if (method === "GET" || method === "HEAD") {
      const watching = ["true", "1"].includes(url.searchParams.get("watch") ?? "");
      if (watching) return this.#watch(call, target);
      if (target.name === undefined) return this.#list(call, target);
      const object = this.#settings.objects.get(
        target.resource,
        target.namespace ?? "",
        target.name,
      );
      return this.#show(call, target, object);
    }
    if (method === "DELETE") return this.#delete(call, target);
    if (method === "POST" && target.name === undefined) return this.#create(call, target);
    if (method === "PUT" && target.name !== undefined)
      return this.#replace(call, target, target.name);
    if (method === "PATCH" && target.name !== undefined) {
      const { object, created } = await applyPatch(
        this.#settings.objects,
        request,
        url,
        target,
        target.name,
      );
      return sendJson(response, created ? 201 : 200, object);
    }
    throw new ApiError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  }

  async #evict({ request, response, url }: Call, target: Target): Promise<void> {
    const { objects } = this.#settings;
    await objects.datastore.barrier();
    const body = ((await readObject(request)) ?? {}) as Eviction;
    const dryRun = isDryRun(url) || (body.deleteOptions?.dryRun ?? []).includes("All");
    await evict(objects, target.namespace ?? "", target.name ?? "", body, dryRun);
    sendJson(response, 201, success({}));
  }

  #selector(url: URL, name?: string): (object: KubeObject) => boolean {
    const byLabel = labelSelector(url.searchParams.get("labelSelector"));
    const byField = fieldSelector(url.searchParams.get("fieldSelector"));
    return (object) =>
      byLabel(object) && byField(object) && (name === undefined || object.metadata.name === name);
  }

  #watch({ request, response, url }: Call, target: Target): void {
    serveWatch(
      this.#settings.objects,
      {
        resource: target.resource,
        namespace: target.namespace,
        selects: this.#selector(url, target.name),
        resourceVersion: url.searchParams.get("resourceVersion"),
        timeoutSeconds: Number(url.searchParams.get("timeoutSeconds") ?? 3600) || 3600,
        sendInitialEvents: url.searchParams.get("sendInitialEvents") === "true",
        table: tableVersion(request.headers.accept),
        includeObject: url.searchParams.get("includeObject") ?? "Metadata",
      },
      response,
    );
  }

  #list({ request, response, url }: Call, target: Target): void {
    const { objects } = this.#settings;
    const { resource } = target;
    const items = objects.list(resource, target.namespace).filter(this.#selector(url));
    const resourceVersion = String(objects.revision);
    const table = tableVersion(request.headers.accept);
    if (table)
      return sendJson(
        response,
        200,
        tableOf(
          resource,
          items,
          table,
          resourceVersion,
          url.searchParams.get("includeObject") ?? "Metadata",
        ),
      );
    const bare = items.map(({ kind: _kind, apiVersion: _version, ...item }) => item);
    sendJson(response, 200, {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion },
      items: bare,
    });
  }

  #show({ request, response, url }: Call, target: Target, object: KubeObject): void {
    const table = tableVersion(request.headers.accept);
    const body = table
      ? tableOf(
          target.resource,
          [object],
          table,
          object.metadata.resourceVersion ?? "",
          url.searchParams.get("includeObject") ?? "Metadata",
        )
      : object;
    sendJson(response, 200, body);
  }

  async #body(request: IncomingMessage, target: Target, url: URL): Promise<KubeObject> {
    const body = (await readObject(request)) as KubeObject | undefined;
    if (typeof body !== "object" || body === null)
      throw new ApiError(400, "BadRequest", "the request has no object");
    const expected = apiVersionOf(target.resource);
    if (
      (body.kind && body.kind !== target.resource.kind) ||
      (body.apiVersion && body.apiVersion !== expected)
    ) {
      throw new ApiError(
        400,
        "BadRequest",
        `${body.kind} in version "${body.apiVersion}" cannot be handled as a ${target.resource.kind}: no kind "${body.kind}" is registered for version "${body.apiVersion}"`,
      );
    }
    body.metadata ??= { name: "" };
    checkFields(target.resource, body, url.searchParams.get("fieldValidation"));
    return body;
  }

  async #create({ request, response, url }: Call, target: Target): Promise<void> {
    const body = await this.#body(request, target, url);
    const namespace = target.namespace ?? body.metadata.namespace ?? "default";
    if (
      target.resource.namespaced &&
      body.metadata.namespace &&
      body.metadata.namespace !== namespace
    ) {
      throw new ApiError(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    const created = await this.#settings.objects.create(
      target.resource,
      target.resource.namespaced ? namespace : "",
      body,
      isDryRun(url),
    );
    sendJson(response, 201, created);
  }

  async #replace({ request, response, url }: Call, target: Target, name: string): Promise<void> {
    const body = await this.#body(request, target, url);
    const { resource, subresource } = target;
    const change = (current: KubeObject): KubeObject => {
      if (subresource === "status")
        return {
          ...current,
          status: body["status"],
          metadata: { ...current.metadata, ...versionOf(body) },
        };
      return resource.status && current["status"] !== undefined
        ? { ...body, status: current["status"] }
        : body;
    };
    sendJson(
      response,
      200,
      await this.#settings.objects.update(
        resource,
        target.namespace ?? "",
        name,
        change,
        isDryRun(url),
      ),
    );
  }

  async #delete({ request, response, url }: Call, target: Target): Promise<void> {
    const { objects } = this.#settings;
    const { resource } = target;
    const options = ((await readObject(request)) ?? {}) as {
      preconditions?: { uid?: string; resourceVersion?: string };
      dryRun?: string[];
    };
    const dryRun = isDryRun(url) || (options.dryRun ?? []).includes("All");
    if (target.name === undefined) {
      const items = objects.list(resource, target.namespace).filter(this.#selector(url));
      for (const item of items)
        await objects.remove(
          resource,
          item.metadata.namespace ?? "",
          item.metadata.name,
          {},
          dryRun,
        );
      return sendJson(response, 200, {
        kind: `${resource.kind}List`,
        apiVersion: apiVersionOf(resource),
        metadata: { resourceVersion: String(objects.revision) },
        items,
      });
    }
    if (resource.plural === "namespaces" && !dryRun)
      return sendJson(response, 200, await removeNamespace(objects, target.name));
    const { object, gone } = await objects.remove(
      resource,
      target.namespace ?? "",
      target.name,
      options.preconditions,
      dryRun,
    );
    sendJson(
      response,
      200,
      gone
        ? success({
            name: target.name,
            ...(resource.group ? { group: resource.group } : {}),
            kind: resource.plural,
            uid: object.metadata.uid,
          })
        : object,
    );
  }
}

function isEviction({ resource, subresource }: Target): boolean {
  return subresource === "eviction" && resource.plural === "pods" && resource.group === "";
}

function versionOf(body: KubeObject): { resourceVersion?: string } {
  return body.metadata.resourceVersion ? { resourceVersion: body.metadata.resourceVersion } : {};
}
