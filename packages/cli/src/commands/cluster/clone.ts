import { randomBytes } from "node:crypto";
import { K3dError, systemClock, type ClusterCreateResult } from "@k3d/core";
import { K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { assembleHere } from "../../config/assemble.js";
import { snapshotBase } from "../../config/snapshot-base.js";
import { configFlags, createFlags } from "../../flags/create.js";
import { withMachinesKept } from "../../flags/machines.js";
import { clusterJson } from "../../views/compatible.js";
import { createdText } from "../../views/created.js";
import type { ClusterCreateJson } from "./create.js";

const { volume: _volume, machine: _machine, ...flagsOfConfig } = configFlags;

export default class ClusterClone extends K3dCommand<ClusterCreateResult> {
  static override summary = "Copy a running cluster";
  static override description = `Make a second cluster beside a running one, with everything that is in it: what cluster snapshot create and cluster create --from do, without keeping the snapshot. Published ports are chosen again, since the first cluster uses those of the config. A cluster over several machines is cloned on the same ones.`;
  static override examples = ["<%= config.bin %> cluster clone demo demo-2"];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
    new: Args.string({ description: "Name of the new cluster", required: true }),
  };
  static override flags = {
    ...flagsOfConfig,
    "copy-volume": repeated({
      summary: "Also copy this directory of the nodes, with everything in it",
      helpValue: "PATH",
    }),
  };

  #started = 0;

  protected override async execute(): Promise<ClusterCreateResult> {
    this.#started = systemClock.now();
    const { args, flags } = await this.parse(ClusterClone);
    const { signal } = this;
    // Before the first cluster is touched.
    const flagged = { ...createFlags(flags), name: args.new };
    const { place: _place, ...own } = createFlags(flags);
    await assembleHere({ ...own, name: args.new }, undefined);
    const { snapshots, clusters } = await this.services({ wanted: { clusters: [args.cluster] } });
    this.undoesWhenInterrupted = true;
    const all = await clusters.list({ signal });
    if (all.some((known) => known.name === args.new)) {
      throw new K3dError("ALREADY_EXISTS", `Cluster '${args.new}' exists already`, {
        hint: "Choose another name.",
      });
    }
    const name = `clone-${randomBytes(4).toString("hex")}`;
    const volumes = flags["copy-volume"];
    await snapshots.create(args.cluster, { name, volumes, signal });
    try {
      const { config: given } = await snapshotBase(name, {
        cluster: args.new,
        freePorts: true,
        onMachinesOf: args.cluster,
      });
      const base = { config: given, origin: `cluster ${args.cluster}` };
      const { config, warnings } = await assembleHere(flagged, undefined, undefined, base);
      for (const warning of warnings) await this.tell("warn", warning);
      return await withMachinesKept(config, () => snapshots.restore(name, config, { signal }));
    } finally {
      await snapshots.delete([name]);
    }
  }

  protected override render(result: ClusterCreateResult): string {
    return createdText(this.config.bin, result, systemClock.now() - this.#started);
  }

  protected override toJson({ cluster, ...rest }: ClusterCreateResult): ClusterCreateJson {
    return { cluster: clusterJson(cluster), ...rest };
  }
}
