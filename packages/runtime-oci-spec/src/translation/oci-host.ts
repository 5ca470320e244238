import type { OciDevice, OciUser } from "./oci-config.ts";

/**
 * What a bundle needs beyond the container spec and its image: facts of the
 * machine and the places chosen for this container. Paths may be relative to
 * the bundle where the runtime-spec allows it (root file system, bind sources).
 */
export interface OciHost {
  rootfs: string;
  cgroupVersion: 1 | 2;
  /** Cgroup of the container below each hierarchy, e.g. `/k3d-1f2e3d`. */
  cgroupsPath: string;
  /** Every capability that this machine can give, e.g. `CAP_CHOWN`; privileged containers get them all. */
  capabilities: string[];
  /** Device nodes for privileged containers. */
  devices: OciDevice[];
  /** Network namespace to join. Absent: a new, empty one. Unused with `hostNetwork`. */
  networkNamespace?: string;
  /** A static init program; needed for `init`. */
  init?: string;
  /** The image's user, looked up in its `/etc/passwd`. Absent: only numeric users can be translated. */
  user?: OciUser;
  /** Home directory of {@link user}; becomes `HOME` unless the environment has it. */
  home?: string;
  /** Directories of named volumes. */
  volumes: Record<string, string>;
  /** Directories of anonymous volumes, by destination. */
  anonymousVolumes: Record<string, string>;
  /** Files mounted over the image's own, by destination, e.g. `/etc/hosts`. */
  files: Record<string, string>;
}
