import type {
  CallOptions,
  ContainerRuntime,
  Detection,
  RuntimeFactory,
  RuntimeOptions,
} from "@k3d/core/runtime";
import { throwIfAborted } from "@k3d/core/runtime";

/**
 * The factory of the daemonless runtime.
 *
 * @param exitModule address of the module with the hooks that monitors of containers run.
 */
export function ociFactory(exitModule: string): RuntimeFactory {
  return {
    name: "oci",
    contractVersion: 1,
    async detect(options: RuntimeOptions & CallOptions): Promise<Detection> {
      const { detect } = await import("./host/detect.ts");
      return await detect(options);
    },
    async create(options: RuntimeOptions & CallOptions): Promise<ContainerRuntime> {
      throwIfAborted(options.signal);
      const [{ requireHost }, { OciRuntime, capabilitiesOf }, { openEngine }] = await Promise.all([
        import("./host/detect.ts"),
        import("./runtime.ts"),
        import("./engine/open-engine.ts"),
      ]);
      const { settings, program } = await requireHost(options);
      const engine = await openEngine(settings, program, exitModule);
      return new OciRuntime(engine, await capabilitiesOf(), options.env);
    },
  };
}
