/** A runtime that runs k3d's containers as OCI bundles with no daemon. The bundles alone: `@k3d/runtime-oci-spec/translation`. */
import { exitModule } from "./exit-hooks.ts";
import { ociFactory } from "./factory.ts";

export default ociFactory(exitModule);
