export type * from "./operations.js";
export { readSnapshotConfig } from "./snapshot-config.js";
export { SnapshotService } from "./snapshot-service.js";
