import { SetupError } from "../host/setup-error.ts";

/** Name under which the wrapper is registered as a runtime of the Docker daemon. */
export const WRAPPED_RUNTIME = "runc-without-sys-resource";

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Adds the wrapper as default runtime to a daemon.json and keeps everything else in it.
 *
 * @param text the present daemon.json, undefined where there is none
 * @param wrapperPath the wrapper as the daemon shall run it
 * @returns the new text, or undefined when the present one says it already
 * @throws SetupError when the present text is no JSON object, or names another default runtime
 *   that the developer chose
 */
export function withWrappedRuntime(
  text: string | undefined,
  wrapperPath: string,
): string | undefined {
  const config = parse(text);
  const chosen = config["default-runtime"];
  if (chosen !== undefined && chosen !== "runc" && chosen !== WRAPPED_RUNTIME) {
    throw new SetupError(
      `daemon.json already names the default runtime ${JSON.stringify(chosen)}`,
      "this machine needs the runc wrapper as default runtime for privileged containers; remove that line",
    );
  }
  const runtimes = config["runtimes"] ?? {};
  if (!isObject(runtimes)) throw new SetupError('"runtimes" in daemon.json is not an object');
  const registered = runtimes[WRAPPED_RUNTIME];
  if (chosen === WRAPPED_RUNTIME && isObject(registered) && registered["path"] === wrapperPath) {
    return undefined;
  }
  const merged = {
    ...config,
    "default-runtime": WRAPPED_RUNTIME,
    runtimes: { ...runtimes, [WRAPPED_RUNTIME]: { path: wrapperPath } },
  };
  return `${JSON.stringify(merged, undefined, 2)}\n`;
}

function parse(text: string | undefined): JsonObject {
  if (text === undefined || text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SetupError(
      "daemon.json is not valid JSON",
      "mend or remove /etc/docker/daemon.json",
      { cause },
    );
  }
  if (!isObject(value)) throw new SetupError("daemon.json holds no JSON object");
  return value;
}
