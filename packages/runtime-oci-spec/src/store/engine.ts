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
  /** Module with the function `afterExit`, which the monitor of a container runs when that ends. */
  exitModule: string;
}
