import type { CallOptions } from "./common.js";

/** What an engine needs to join a group. */
export interface GroupInvitation {
  /** Where those that manage the group let others in, in the engine's own words, e.g. `10.0.0.5:2377`. */
  addresses: readonly string[];
  /** Lets any engine in: a secret. */
  token: string;
}

export interface GroupOptions extends CallOptions {
  /** At which the other engines reach this one. Default: what the engine finds of itself. */
  address?: string;
}

/** Makes engines know each other: see `RuntimeInfo.machineGroup`. */
export interface GroupOperations {
  /**
   * Begins a group that this engine manages.
   *
   * @throws `ALREADY_EXISTS` when it is in one; `INVALID_INPUT` when it cannot tell its address by itself.
   */
  begin(options?: GroupOptions): Promise<void>;
  /** @throws `INVALID_INPUT` when this engine manages no group. */
  invite(options?: CallOptions): Promise<GroupInvitation>;
  /**
   * Joins a group, so that its networks reach this engine. One that cannot is in no group afterwards.
   *
   * @throws `ALREADY_EXISTS` when it is in a group; `REMOTE_UNAVAILABLE` when it reaches none of the
   * addresses; `INVALID_INPUT` when it is not let in.
   */
  join(invitation: GroupInvitation, options?: GroupOptions): Promise<void>;
}
