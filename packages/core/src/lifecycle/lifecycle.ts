import type { LifecycleHooks } from "./hooks.js";

/** Somebody who takes part in the life of clusters. */
export interface LifecycleParticipant {
  /** For messages: the plug-in's package. */
  name: string;
  hooks: LifecycleHooks;
  /** Milliseconds that each of its hooks may take. Default: five minutes. */
  timeoutMs?: number;
}

/** A command on this machine, as a hook of the config file has it. */
export interface HostCommand {
  /** For the shell. */
  command: string;
  /** Absolute. Default: the caller's. */
  directory?: string;
  /** Set besides the caller's environment. */
  env: Readonly<Record<string, string>>;
  /** Content of the file that `KUBECONFIG` names; absent: the caller's own. */
  kubeconfig?: string;
  /** Takes what it prints, line by line. */
  onLine(line: string): void;
  /** Ends it and all that it started. */
  signal: AbortSignal;
}

/** How the life of clusters is taken part in. */
export interface Lifecycle {
  /** Asked for once an operation begins that has hooks; must not throw. */
  participants(): Promise<readonly LifecycleParticipant[]>;
  /**
   * Runs a command on this machine.
   *
   * @returns its exit code; 128 and the signal's number where a signal ended it.
   * @throws `COMMAND_FAILED` when it cannot be started, `ABORTED`
   */
  runCommand(command: HostCommand): Promise<number>;
}
