import { randomBytes } from "node:crypto";
import {
  isMissing,
  K3dError,
  type AssembledConfig,
  type K3dServices,
  type ResolvedConfig,
} from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../config/assemble.js";
import { configFileOr, isConfigNamed } from "../config/project-file.js";
import { snapshotBase } from "../config/snapshot-base.js";
import { configFlags, createFlags } from "../flags/create.js";
import { forgetMachines, machineServices, withMachinesKept } from "../flags/machines.js";
import { fromFlag } from "../flags/snapshot.js";
import { checkCommand } from "../run/find-command.js";
import { withPrivateFile } from "../run/private-kubeconfig.js";
import { runChild } from "../run/run-child.js";

export default class Run extends K3dCommand<undefined> {
  static override summary = "Run a command with a cluster of its own";
  static override description = `Create a cluster, run a command with KUBECONFIG set to a file of its own, and delete the cluster in any case: also when the command fails, and at Ctrl-C or SIGTERM. Ends with the exit code of the command.

Your own kubeconfig is not touched. Without a name in flags or file the cluster gets a unique one, so that several runs do not collide. Without --file the nearest .k3d.yaml in this directory and those above it is taken, if there is one.`;
  static override examples = [
    "<%= config.bin %> run -f k3d.yaml -- make test",
    "<%= config.bin %> run --from prepared -- make test",
    "<%= config.bin %> run --agents 2 -- sh -c 'kubectl apply -f app.yaml && ./check.sh'",
  ];
  static override args = {
    command: Args.string({
      description: "Command with its arguments, after --",
      multiple: true,
    }),
  };
  static override flags = {
    file: Flags.string({
      char: "f",
      aliases: ["config"],
      charAliases: ["c"],
      summary: "Config file; - is standard input. Flags and environment win over it",
      helpValue: "FILE",
    }),
    name: Flags.string({ summary: "Name of the cluster (default: a new one)", helpValue: "NAME" }),
    from: fromFlag,
    ...configFlags,
  };

  protected override async execute(): Promise<undefined> {
    const { args, flags } = await this.parse(Run);
    this.printsItself = true;
    const command = args.command ?? [];
    const [program] = command;
    if (program === undefined) {
      throw new K3dError("INVALID_INPUT", "No command is given", {
        hint: "Give it after --, e.g. k3d run -f k3d.yaml -- make test",
      });
    }
    await checkCommand(program, { env: process.env, platform: process.platform });
    const config = await this.#config(flags);
    const services = await this.services({
      configuredRuntime: config.options.runtime.name,
      ...machineServices(config),
    });
    const { signal } = this;
    this.undoesWhenInterrupted = true;
    const { name } = config.metadata;
    await withMachinesKept(config, () =>
      flags.from === undefined
        ? services.clusters.create(config, { signal })
        : services.snapshots.restore(flags.from, config, { signal }),
    );
    try {
      process.exitCode = await this.#runCommand(name, command, services);
    } finally {
      await this.#delete(config, services);
    }
    return undefined;
  }

  async #config(
    flags: Record<"file" | "name" | "from", string | undefined> & Record<string, unknown>,
  ): Promise<ResolvedConfig> {
    const path = await configFileOr(flags.file, (level, message) => this.tell(level, message));
    const named = { name: flags.name };
    // Several runs do not meet: the ports are found anew.
    const base =
      flags.from === undefined ? undefined : await snapshotBase(flags.from, { freePorts: true });
    const unnamed = !isConfigNamed(flags.file);
    const assemble = (name: { name: string | undefined }): Promise<AssembledConfig> =>
      assembleHere({ ...createFlags(flags), ...name }, path, undefined, base, unnamed);
    let assembled = await assemble(named);
    if (assembled.given.metadata?.name === undefined) {
      if (path === "-") {
        throw new K3dError("INVALID_INPUT", "The config has no name", {
          hint: "Set metadata.name in it, or give --name.",
        });
      }
      const name = `run-${randomBytes(4).toString("hex")}`;
      assembled = await assemble({ name });
    }
    for (const warning of assembled.warnings) await this.tell("warn", warning);
    const { config } = assembled;
    config.options.kubeconfig = { updateDefaultKubeconfig: false, switchCurrentContext: false };
    config.options.k3d.disableRollback = false;
    return config;
  }

  async #runCommand(
    name: string,
    command: readonly string[],
    { kubeconfigs }: K3dServices,
  ): Promise<number> {
    const { signal, interactive } = this;
    const kubeconfig = await kubeconfigs.get([name], { signal });
    const code = await withPrivateFile(kubeconfig, (path) =>
      runChild(command, { env: { ...process.env, KUBECONFIG: path }, signal, interactive }),
    );
    signal.throwIfAborted();
    return code;
  }

  /** Not by the signal of this command: an interrupt is a reason to delete. */
  async #delete(
    { metadata: { name }, hooks }: ResolvedConfig,
    services: K3dServices,
  ): Promise<void> {
    try {
      await services.clusters.delete(name, { hooks });
      await forgetMachines(name);
    } catch (error) {
      if (isMissing(error, "cluster")) return;
      await this.tell(
        "warn",
        `Cluster ${name} is left over: delete it with k3d cluster delete ${name}`,
      );
      throw error;
    }
  }
}
