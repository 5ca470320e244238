import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export const snapshotArg = Args.string({ description: "Name of the snapshot", required: true });

/** `--from` of commands that make a cluster. */
export const fromFlag = Flags.string({
  summary: "Begin with what is in this snapshot; its config is what flags and files win over",
  helpValue: "SNAPSHOT",
});
