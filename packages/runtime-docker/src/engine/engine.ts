import { abortable, throwIfAborted } from "@k3d/core/runtime";
import { compareApiVersions } from "./api-version.js";
import type { DockerClient, SignalOption } from "./client.js";
import { translateError, type ObjectKind, type Operation } from "./errors.js";

/** One connection to an engine, its API version settled, and the one way to call it. */
export class Engine {
  readonly docker: DockerClient;
  readonly apiVersion: string;

  constructor(docker: DockerClient, apiVersion: string) {
    this.docker = docker;
    this.apiVersion = apiVersion;
  }

  /** Whether the engine speaks at least this API version. */
  speaks(apiVersion: string): boolean {
    return compareApiVersions(this.apiVersion, apiVersion) >= 0;
  }

  /**
   * Runs one engine call: stops when `signal` aborts, translates errors.
   *
   * @param verb what is being done, for the message: `start`, `list the volumes of` …
   */
  async call<T>(
    verb: string,
    kind: ObjectKind,
    name: string,
    signal: AbortSignal | undefined,
    run: (options: SignalOption) => Promise<T>,
  ): Promise<T> {
    const operation: Operation = { verb, kind, name };
    throwIfAborted(signal);
    try {
      return await abortable(run({ abortSignal: signal }), signal);
    } catch (error) {
      throw translateError(error, operation, signal);
    }
  }
}
