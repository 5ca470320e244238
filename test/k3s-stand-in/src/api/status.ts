import { ApiError, messageOf } from "../errors.ts";
import { DatastoreUnavailable } from "../store/types.ts";

export interface Status {
  code: number;
  body: Record<string, unknown>;
}

/** The `Status` object that answers a failed request. */
export function statusOf(error: unknown): Status {
  if (error instanceof ApiError)
    return failure(error.code, error.reason, error.message, error.details);
  if (error instanceof DatastoreUnavailable) return failure(500, "InternalError", error.message);
  if (error instanceof SyntaxError)
    return failure(400, "BadRequest", `the object provided is unrecognized: ${error.message}`);
  return failure(500, "InternalError", `Internal error occurred: ${messageOf(error)}`);
}

export function failure(
  code: number,
  reason: string,
  message: string,
  details?: Record<string, unknown>,
): Status {
  return {
    code,
    body: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    },
  };
}

export function success(details: Record<string, unknown>): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}
