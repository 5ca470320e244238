/**
 * Every error code k3d reports and the exit code the CLI ends with for it.
 *
 * Codes are stable: scripts may match on them. Adapters translate native
 * errors into these codes once, at their edge.
 */
export const EXIT_CODES = {
  /** A defect in k3d itself or in a plug-in: nothing else fits. */
  INTERNAL: 1,
  /** Flags, arguments or a config file that cannot be used as given. */
  INVALID_INPUT: 2,
  /** The config file could not be read or does not fit its schema. */
  INVALID_CONFIG: 2,
  /** Two options that exclude each other. */
  CONFLICTING_OPTIONS: 2,
  /** The named cluster, node, registry, network, volume or file does not exist. */
  NOT_FOUND: 3,
  /** A cluster, node or registry of that name exists already. */
  ALREADY_EXISTS: 4,
  /** The engine has another object of that name. */
  NAME_IN_USE: 4,
  /** The host port is taken by another process or container. */
  PORT_IN_USE: 5,
  /** The fixed address is taken by another container. */
  ADDRESS_IN_USE: 5,
  /** The network still has members, or its subnet overlaps another one. */
  NETWORK_IN_USE: 5,
  /** The volume is still mounted by a container. */
  VOLUME_IN_USE: 5,
  /** Nodes of a cluster still pull from the registry. */
  REGISTRY_IN_USE: 5,
  /** The image is neither present nor to be pulled. */
  IMAGE_NOT_FOUND: 6,
  /** A registry or another remote service could not be reached. */
  REMOTE_UNAVAILABLE: 6,
  /** No container runtime answers, or it vanished half-way. */
  RUNTIME_UNAVAILABLE: 7,
  /** The chosen runtime cannot do what was asked for. */
  UNSUPPORTED: 8,
  /** Something did not become ready within its time limit. */
  TIMEOUT: 9,
  /** A container ended or failed where it had to run. */
  CONTAINER_FAILED: 10,
  /** A command, inside a container or on the host, ended with a failure. */
  COMMAND_FAILED: 10,
  /** The engine refused or failed an operation for another reason. */
  RUNTIME_ERROR: 10,
  /** Another process holds a lock for too long. */
  LOCKED: 11,
  /** No space is left on a device that k3d or the engine needs. */
  NO_SPACE: 12,
  /** `k3d doctor` found a problem that keeps clusters from working. */
  CHECKS_FAILED: 13,
  /** A hook before the operation failed or said no: nothing was done. */
  HOOK_REFUSED: 14,
  /** A hook after the operation failed or said no. */
  HOOK_FAILED: 14,
  /** The user or a supervisor interrupted the command (SIGINT, SIGTERM). */
  ABORTED: 130,
} as const satisfies Record<string, number>;

/** A stable, machine-readable error code. */
export type ErrorCode = keyof typeof EXIT_CODES;
