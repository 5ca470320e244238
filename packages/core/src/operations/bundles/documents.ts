/** What a config file is in a bundle: an artifact as the OCI image specification describes them. */
export const CONFIG_ARTIFACT = "application/vnd.k3d.config.v1+json";
/** The image's purpose in the cluster: `node`, `loadbalancer`, `registry`, or `workload`. */
export const ROLE_ANNOTATION = "dev.k3d.bundle.role";

/** The config file of a bundle. */
export interface BundledConfig {
  /** Its name, without directories. */
  file: string;
  /** Its content as it was. */
  text: string;
}

/** What a bundle holds. */
export interface BundleContents {
  config?: BundledConfig;
  images: BundledImage[];
}

export interface BundledImage {
  name: string;
  /** `node`, `loadbalancer`, `registry` or `workload`. */
  role: string;
  /** Digest of the manifest. */
  digest: string;
  /** `os/arch[/variant]` */
  platforms: string[];
  /** Bytes of configuration and layers. */
  size: number;
}
