import type { Agent } from "node:http";
import { K3dError, type RuntimeOptions } from "@k3d/core";
import type { Endpoint } from "./endpoint.js";

export function createSshAgent(endpoint: Endpoint & { kind: "ssh" }, _options: RuntimeOptions): Agent {
  throw new K3dError("UNSUPPORTED", `Engines over ssh (${endpoint.host}) are not supported yet`);
}
