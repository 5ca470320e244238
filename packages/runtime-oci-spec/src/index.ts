/** k3d's containers as OCI bundles, and a runtime that runs them with no daemon. */
import { exitModule } from "./exit-hooks.ts";
import { ociFactory } from "./factory.ts";

export { toOciSpec } from "./translation/to-oci-spec.ts";
export { portableHost } from "./translation/portable-host.ts";
export type * from "./translation/oci-config.ts";
export type { OciHost } from "./translation/oci-host.ts";

export default ociFactory(exitModule);
