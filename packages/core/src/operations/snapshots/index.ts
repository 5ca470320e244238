export type * from "./operations.js";
export { SnapshotService } from "./snapshot-service.js";
