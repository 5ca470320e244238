import type { RuntimeFactory } from "@k3d/core/runtime";
import { PodmanFactory } from "./factory.js";

/** Podman, by its command line: local or remote, rootful or rootless, without a socket or a service. */
const factory: RuntimeFactory = new PodmanFactory();

export default factory;
