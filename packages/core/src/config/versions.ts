/** Versions of the config file, oldest first; the last one is current. */
export const CONFIG_VERSIONS = [
  "k3d.io/v1alpha2",
  "k3d.io/v1alpha3",
  "k3d.io/v1alpha4",
  "k3d.io/v1alpha5",
] as const;
export type ConfigVersion = (typeof CONFIG_VERSIONS)[number];
export const CURRENT_CONFIG_VERSION = "k3d.io/v1alpha5" satisfies ConfigVersion;

export function isConfigVersion(value: unknown): value is ConfigVersion {
  return (CONFIG_VERSIONS as readonly unknown[]).includes(value);
}
