import type { CallOptions, LabelSelector } from "./common.js";
import type { ContainerRuntime } from "./runtime.js";

/** What a factory may know of its surroundings; adapters read no environment themselves. */
export interface RuntimeOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory. */
  homeDir: string;
  platform: NodeJS.Platform;
  /** Effective user id; absent where the platform has none. */
  uid?: number;
  /** The engine that the user names for this command; only for factories that take one. */
  engine?: NamedEngine;
}

/** What a connection is asked for. */
export interface ConnectionOptions extends RuntimeOptions, CallOptions {
  /**
   * The containers that are listed first, by their labels. An adapter may ask for them in order to
   * learn who answers, and give them to that list; it may as well pay no heed.
   */
  firstList?: LabelSelector;
}

/** An engine by its name or address, in the words of its own client. */
export interface NamedEngine {
  /** `--host`: an address, e.g. of `DOCKER_HOST` or `podman --url`. */
  host?: string;
  /** `--context`: what the client knows it as, e.g. a docker context or a podman connection. */
  context?: string;
}

export interface Detection {
  available: boolean;
  /** Why it was taken or passed over, for people: `answers at unix:///…, API 1.41` or `no socket at …`. */
  reason: string;
  /** What to do to make it available. */
  hint?: string;
  endpoint?: string;
  /**
   * What names the engine, e.g. `DOCKER_HOST`, where something does: when that engine is not
   * available, no other runtime is taken in its place.
   */
  named?: string;
}

/**
 * Version of the contract in this folder. It grows when an adapter that was
 * written for the version before would no longer do: a method or a promise
 * was added or changed.
 */
export const RUNTIME_CONTRACT_VERSION = 1;

/**
 * What an adapter package exports as default. Its `package.json` names the
 * module: `"k3d": { "runtimes": { "<name>": "<module>" } }`.
 */
export interface RuntimeFactory {
  readonly name: string;
  /**
   * The contract's version that the adapter was written for, as a number of its
   * own: `RUNTIME_CONTRACT_VERSION` of the core that it was built with, written out.
   */
  readonly contractVersion: number;
  /** Whether `RuntimeOptions.engine` is heeded. Default `false`: `--host` and `--context` are refused. */
  readonly takesEngine?: boolean;
  /** Quick look (below a second) whether this runtime can be used here. Never throws; changes nothing. */
  detect(options: RuntimeOptions & CallOptions): Promise<Detection>;
  /** Connects. @throws `RUNTIME_UNAVAILABLE` with a hint. */
  create(options: ConnectionOptions): Promise<ContainerRuntime>;
}
