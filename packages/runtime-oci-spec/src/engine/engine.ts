import type { OciRuntimeProgram } from "../host/tools.ts";
import type { Settings } from "../host/settings.ts";
import type { ImageStore } from "../images/image-store.ts";
import type { Locks } from "../store/lock.ts";
import type { NetworkRecords } from "../store/network-records.ts";
import type { Paths } from "../store/paths.ts";
import type { ContainerRecords } from "../store/records.ts";
import type { VolumeRecords } from "../store/volume-records.ts";

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
