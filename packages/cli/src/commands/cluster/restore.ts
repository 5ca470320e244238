import { systemClock, type ClusterCreateResult } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { assembleHere, identityHere } from "../../config/assemble.js";
import { snapshotBase } from "../../config/snapshot-base.js";
import { configFile, configFileFlag, configFlags, createFlags } from "../../flags/create.js";
import { machineServices, withMachinesKept } from "../../flags/machines.js";
import { snapshotArg } from "../../flags/snapshot.js";
import { clusterJson } from "../../views/compatible.js";
import { createdText } from "../../views/created.js";
import type { ClusterCreateJson } from "./create.js";

export default class ClusterRestore extends K3dCommand<ClusterCreateResult> {
  static override summary = "Restore a cluster from a snapshot";
  static override description = `Restore a cluster from a snapshot: under the name that it had or another one, here or on another machine, with as many agents as you like. A cluster of that name is replaced; if anything fails, it is put back as it was.

Nodes that no longer exist are removed from Kubernetes, and certificates are signed again. Flags and a config file win over the snapshot's config. It names no machines: a cluster that replaces one over several machines is on the same ones, others need --machine.`;
  static override examples = [
    "<%= config.bin %> cluster restore demo before-upgrade",
    {
      description: "Under another name, with another number of agents",
      command: "<%= config.bin %> cluster restore other before-upgrade --agents 3",
    },
  ];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
    snapshot: snapshotArg,
  };
  static override flags = {
    config: {
      ...configFileFlag,
      summary: "Config file; - is standard input. Flags win over it (default: K3D_CONFIG)",
    },
    ...configFlags,
  };

  #started = 0;

  protected override async execute(): Promise<ClusterCreateResult> {
    this.#started = systemClock.now();
    const { args, flags } = await this.parse(ClusterRestore);
    const { signal } = this;
    const { cluster, snapshot } = args;
    const path = configFile(flags.config);
    const { runtime } = path === "-" ? {} : await identityHere(path);
    const base = await snapshotBase(snapshot, { cluster, onMachinesOf: cluster });
    const named = { ...createFlags(flags), name: cluster };
    const { config, warnings } = await assembleHere(named, path, undefined, base);
    for (const warning of warnings) await this.tell("warn", warning);
    const { snapshots } = await this.services({
      configuredRuntime: runtime,
      ...machineServices(config),
    });
    this.undoesWhenInterrupted = true;
    return withMachinesKept(config, () =>
      snapshots.restore(snapshot, config, { replace: true, signal }),
    );
  }

  protected override render(result: ClusterCreateResult): string {
    return createdText(this.config.bin, result, systemClock.now() - this.#started);
  }

  protected override toJson({ cluster, ...rest }: ClusterCreateResult): ClusterCreateJson {
    return { cluster: clusterJson(cluster), ...rest };
  }
}
