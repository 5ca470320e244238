import type { ServerResponse } from "node:http";
import type { KubeObject, StoreEvent } from "../store/types.ts";
import { ApiError } from "../errors.ts";
import { failure } from "./status.ts";
import { present, type Objects } from "./objects.ts";
import { apiVersionOf, prefixOf, type Resource } from "./resources.ts";
import { tableOf } from "./table.ts";

export interface WatchRequest {
  resource: Resource;
  namespace: string | undefined;
  /** Whether an object is selected. */
  selects: (object: KubeObject) => boolean;
  resourceVersion: string | null;
  timeoutSeconds: number;
  sendInitialEvents: boolean;
  /** Table version that the client asked for. */
  table: string | undefined;
  includeObject: string;
}

/** Streams changes as JSON lines until the client goes or the time is over. */
export function serveWatch(
  objects: Objects,
  request: WatchRequest,
  response: ServerResponse,
): void {
  const { resource, namespace, selects, table } = request;
  let firstTable = true;
  const send = (type: string, object: KubeObject): void => {
    const shown = table
      ? tableOf(
          resource,
          [object],
          table,
          object.metadata.resourceVersion ?? "",
          request.includeObject,
          firstTable,
        )
      : object;
    firstTable = false;
    response.write(`${JSON.stringify({ type, object: shown })}\n`);
  };
  const onEvent = (event: StoreEvent): void => {
    const now = present(resource, event.value, event.revision);
    const was =
      event.previous !== undefined && selects(present(resource, event.previous, event.revision));
    const is = event.type !== "DELETED" && selects(now);
    if (is) send(was ? "MODIFIED" : "ADDED", now);
    else if (was) send("DELETED", now);
  };
  const { resourceVersion } = request;
  const fromNow =
    resourceVersion === null ||
    resourceVersion === "" ||
    resourceVersion === "0" ||
    request.sendInitialEvents;
  const since = fromNow ? objects.revision : Number(resourceVersion);
  if (!Number.isInteger(since))
    throw new ApiError(
      400,
      "BadRequest",
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}`,
    );
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
  });
  response.flushHeaders();
  if (fromNow)
    for (const object of objects.list(resource, namespace))
      if (selects(object)) send("ADDED", object);
  if (request.sendInitialEvents) response.write(`${JSON.stringify(bookmark(resource, since))}\n`);
  let stop: (() => void) | undefined;
  try {
    stop = objects.datastore.state.watch(prefixOf(resource, namespace), since, onEvent);
  } catch (error) {
    response.end(
      `${JSON.stringify({ type: "ERROR", object: failure(410, "Expired", String((error as Error).message)).body })}\n`,
    );
    return;
  }
  const timer = setTimeout(() => response.end(), request.timeoutSeconds * 1000);
  response.on("close", () => {
    clearTimeout(timer);
    stop();
  });
}

function bookmark(resource: Resource, revision: number): Record<string, unknown> {
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    annotations: { "k8s.io/initial-events-end": "true" },
  };
  return {
    type: "BOOKMARK",
    object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata },
  };
}
