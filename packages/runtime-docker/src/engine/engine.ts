import { abortable, throwIfAborted, type LabelSelector } from "@k3d/core/runtime";
import type { ContainerInfo } from "dockerode";
import { compareApiVersions } from "./api-version.js";
import type { DockerClient, SignalOption } from "./client.js";
import { translateError, type ObjectKind, type Operation } from "./errors.js";

/** Containers that were listed while the connection was made. */
export interface FirstList {
  labels: LabelSelector;
  containers: ContainerInfo[];
}

/** So long what was listed first passes for what there is, in milliseconds. */
const FRESH_MS = 500;

/** One connection to an engine, its API version settled, and the one way to call it. */
export class Engine {
  readonly docker: DockerClient;
  readonly apiVersion: string;
  #first: (FirstList & { at: number }) | undefined;

  constructor(docker: DockerClient, apiVersion: string, first?: FirstList) {
    this.docker = docker;
    this.apiVersion = apiVersion;
    this.#first = first && { ...first, at: uptimeMs() };
  }

  /** What the first call would list, if it is that and comes at once; nothing that any call could have changed. */
  takeFirstList(labels: LabelSelector): ContainerInfo[] | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first !== undefined &&
      uptimeMs() - first.at < FRESH_MS &&
      JSON.stringify(first.labels) === JSON.stringify(labels)
      ? first.containers
      : undefined;
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
    this.#first = undefined;
    try {
      const answer = await abortable(run({ abortSignal: signal }), signal);
      const parts: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
      if (parts.some(isNoJson)) throw new Error("the answer is not JSON");
      return answer;
    } catch (error) {
      throw translateError(error, operation, signal);
    }
  }
}

/** dockerode hands on as bytes what it cannot parse, and bytes have methods of lists. */
const isNoJson = (answer: unknown): boolean => answer instanceof Uint8Array && answer.length > 0;

const uptimeMs = (): number => process.uptime() * 1000;
