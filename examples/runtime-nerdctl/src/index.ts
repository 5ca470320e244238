import { K3dError, toK3dError, type RuntimeFactory, type RuntimeOptions } from "@k3d/core/runtime";
import { Cli } from "./cli.js";
import { NerdctlRuntime } from "./runtime.js";

/** Names another executable with the same command line, e.g. `docker`. */
const COMMAND_VARIABLE = "K3D_NERDCTL_COMMAND";

const factory: RuntimeFactory = {
  name: "nerdctl",
  contractVersion: 1,

  async detect({ signal, ...options }) {
    const cli = openCli(options);
    const named = options.env[COMMAND_VARIABLE] ? COMMAND_VARIABLE : undefined;
    try {
      const version = await cli.text(
        ["version", "--format", "{{.Client.Version}}"],
        { action: "reach nerdctl", fallback: "RUNTIME_UNAVAILABLE" },
        { signal },
      );
      await cli.text(
        ["info", "--format", "{{.ServerVersion}}"],
        { action: "reach containerd", fallback: "RUNTIME_UNAVAILABLE" },
        { signal },
      );
      return { available: true, reason: `${cli.command} ${version.trim()} answers`, named };
    } catch (error) {
      const { message, hint } = toK3dError(error);
      return { available: false, reason: message, hint, named };
    }
  },

  async create({ signal, ...options }) {
    const runtime = new NerdctlRuntime(openCli(options));
    try {
      await runtime.info({ signal });
      return runtime;
    } catch (error) {
      const { code, message, hint } = toK3dError(error);
      if (code === "ABORTED") throw error;
      throw new K3dError("RUNTIME_UNAVAILABLE", message, {
        hint: hint ?? `Check that ${runtime.command} info works`,
        cause: error,
      });
    }
  },
};

export default factory;

function openCli({ env }: RuntimeOptions): Cli {
  return new Cli(env[COMMAND_VARIABLE] || "nerdctl", env);
}
