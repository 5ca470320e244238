import { randomUUID } from "node:crypto";
import type { CoreSettings } from "../../observe/settings.js";

/** The value of the label `k3d.operation`: random, and where it can be told the process that works. */
export function newOperationId({ process }: Pick<CoreSettings, "process">): string {
  return process === undefined ? randomUUID() : `${randomUUID()}@${process.id}`;
}
