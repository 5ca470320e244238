import type { K3dServices } from "@k3d/core";
import { CONNECT_HOOK } from "../connect/connect.js";
import type { K3dCommand } from "../command/k3d-command.js";
import { reportError } from "../errors/report-error.js";
import type { Config } from "@oclif/core/config";

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** What the command asked the hook `k3d:connect` for. */
  connections: Record<string, unknown>[];
}

type CommandClass = new (argv: string[], config: Config) => K3dCommand;

/** Parts of the services; a test whose command reaches another one fails. */
export type FakeServices = { [Name in keyof K3dServices]?: Partial<K3dServices[Name]> };

/**
 * Runs a command as the CLI does, on services that the test brings. Standard output and error of
 * this process are taken over meanwhile.
 */
export async function runCommand(
  command: CommandClass,
  argv: string[],
  services: FakeServices = {},
): Promise<CommandResult> {
  const result: CommandResult = { stdout: "", stderr: "", exitCode: 0, connections: [] };
  const config = fakeConfig(services, result.connections);
  const restore = [
    captureStream(process.stdout, (text) => (result.stdout += text)),
    captureStream(process.stderr, (text) => (result.stderr += text)),
  ];
  try {
    // oclif's own entry point; `Command.run` would load the CLI's package.
    const run = "_run";
    await (new command(argv, config) as unknown as Record<typeof run, () => Promise<unknown>>)[
      run
    ]();
  } catch (error) {
    const { env, stdout, stderr } = process;
    result.exitCode = reportError(error, { argv, command: "k3d test", env, stdout, stderr });
  } finally {
    for (const undo of restore) undo();
  }
  return result;
}

function fakeConfig(services: FakeServices, connections: Record<string, unknown>[]): Config {
  const runtime = { name: "fake", close: async () => {}, ...services.runtime };
  const config = {
    bin: "k3d",
    plugins: new Map(),
    scopedEnvVarKeys: () => [],
    runHook: async (event: string, options: Record<string, unknown>) => {
      if (event !== CONNECT_HOOK) return { successes: [], failures: [] };
      connections.push(options);
      return { successes: [{ result: { ...services, runtime } }], failures: [] };
    },
  };
  return config as unknown as Config;
}

function captureStream(stream: NodeJS.WriteStream, add: (text: string) => void): () => void {
  const original = stream.write.bind(stream);
  stream.write = (text: string | Uint8Array) => {
    add(String(text));
    return true;
  };
  return () => {
    stream.write = original;
  };
}
