export { toOciSpec } from "./translation/to-oci-spec.ts";
export { portableHost } from "./translation/portable-host.ts";
export type * from "./translation/oci-config.ts";
export type { OciHost } from "./translation/oci-host.ts";
