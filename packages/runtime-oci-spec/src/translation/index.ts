/** k3d's containers as OCI bundles: pure, without the runtime that runs them. */
export { toOciSpec } from "./to-oci-spec.ts";
export { portableHost } from "./portable-host.ts";
export type * from "./oci-config.ts";
export type { OciHost } from "./oci-host.ts";
