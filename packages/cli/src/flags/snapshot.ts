import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export const snapshotArg = Args.string({ description: "Name of the snapshot", required: true });

/** `--from` of commands that make a cluster. */
export const fromFlag = Flags.string({
  summary: "Start with what is in this snapshot; flags and files win over its config",
  helpValue: "SNAPSHOT",
});
