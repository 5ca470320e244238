import type { OciRuntimeProgram } from "../host/tools.ts";
import type { Settings } from "../host/settings.ts";
import type { ImageStore } from "../image/image-store.ts";
import type { Locks } from "./lock.ts";
import type { NetworkRecords } from "./network-records.ts";
import type { Paths } from "./paths.ts";
import type { ContainerRecords } from "./records.ts";
import type { VolumeRecords } from "./volume-records.ts";

/** What all parts of the runtime share. */
export interface Engine {
  settings: Settings;
  paths: Paths;
  locks: Locks;
  records: ContainerRecords;
  networks: NetworkRecords;
  volumes: VolumeRecords;
  images: ImageStore;
  program: OciRuntimeProgram;
  /** Address of the module with the hooks that monitors of containers run. */
  exitModule: string;
}
