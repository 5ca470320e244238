import * as Flags from "@oclif/core/flags";

export const restartFlag = Flags.boolean({
  summary: "Restart nodes that read their registries at boot only",
  default: true,
  allowNo: true,
});
