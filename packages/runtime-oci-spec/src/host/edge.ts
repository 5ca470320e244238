import { abortError, isK3dError, K3dError } from "@k3d/core/runtime";
import { errorCode } from "./json-file.ts";

const OUT_OF_SPACE = new Set(["ENOSPC", "EDQUOT"]);

/**
 * Lets only the contract's errors leave a group of operations: those of the
 * system become `NO_SPACE`, `ABORTED` or `RUNTIME_ERROR`. Promises and async
 * iterables are followed.
 *
 * @param kind what the operations are about, e.g. `container`.
 */
export function atEdge<T extends object>(operations: T, kind: string): T {
  return new Proxy(operations, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown => {
        const attempt = `${kind} ${String(name)}${objectOf(args)}`;
        const result: unknown = Reflect.apply(member, target, args);
        if (result instanceof Promise) return translatePromise(result, attempt, signalOf(args));
        return isAsyncIterable(result)
          ? translateIterable(result, attempt, signalOf(args))
          : result;
      };
    },
  });
}

/**
 * An error as the contract has it. One that neither the system nor a signal is
 * behind is left as it is: it is a fault of this program.
 *
 * @param attempt what failed, e.g. `container start of demo`.
 */
export function translate(error: unknown, attempt: string, signal?: AbortSignal): unknown {
  if (isK3dError(error)) return error;
  if (signal?.aborted && (error === signal.reason || isAbort(error))) return abortError(signal);
  if (isAbort(error))
    return new K3dError("ABORTED", "The command was interrupted", { cause: error });
  const code = errorCode(error);
  if (!(error instanceof Error) || code === undefined || !("syscall" in error)) return error;
  const details = { code, ...("path" in error ? { path: error.path } : {}) };
  if (OUT_OF_SPACE.has(code)) {
    return new K3dError("NO_SPACE", `No space is left for ${attempt}: ${error.message}`, {
      hint: "Free some space, or set K3D_OCI_ROOT to a directory with more",
      cause: error,
      details,
    });
  }
  return new K3dError("RUNTIME_ERROR", `Failed: ${attempt}: ${error.message}`, {
    cause: error,
    details,
  });
}

async function translatePromise(
  result: Promise<unknown>,
  attempt: string,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  try {
    return await result;
  } catch (error) {
    throw translate(error, attempt, signal);
  }
}

async function* translateIterable(
  result: AsyncIterable<unknown>,
  attempt: string,
  signal: AbortSignal | undefined,
): AsyncIterable<unknown> {
  try {
    yield* result;
  } catch (error) {
    throw translate(error, attempt, signal);
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** The object among the arguments: an id or name, names, or a spec with a name. */
function objectOf([first]: readonly unknown[]): string {
  if (typeof first === "string") return ` of ${first}`;
  if (Array.isArray(first)) return ` of ${first.join(", ")}`;
  return isObject(first) && typeof first["name"] === "string" ? ` of ${first["name"]}` : "";
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    if (isObject(arg) && arg["signal"] instanceof AbortSignal) return arg["signal"];
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
