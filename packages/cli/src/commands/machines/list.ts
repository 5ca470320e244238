import { K3dError, listMachines, type ListedMachine } from "@k3d/core";
import { K3dCommand, listFlags, renderColumns } from "@k3d/plugin-kit";
import {
  givenMachines,
  machinesFlags,
  onEngines,
  rememberedMachines,
} from "../../machines/engines.js";

const NONE = "-";

export default class MachinesList extends K3dCommand<ListedMachine[]> {
  static override summary = "List machines, their groups and their nodes";
  static override description = `List the machines that are named, else those of the clusters over several machines that were made here: whether each answers, its engine, and how many nodes of k3d's it has. GROUP is the first of these machines that is in the same group.`;
  static override aliases = ["machines:ls"];
  static override examples = [
    "<%= config.bin %> machines list",
    "<%= config.bin %> machines list --machine big --machine small=ssh://me@10.0.0.6",
  ];
  static override flags = { ...listFlags, ...machinesFlags };

  #headers = true;

  protected override async execute(): Promise<ListedMachine[]> {
    const { flags } = await this.parse(MachinesList);
    this.#headers = !flags["no-headers"];
    const given = await givenMachines(flags);
    const machines = given.machines.length > 0 ? given.machines : await rememberedMachines();
    if (machines.length === 0) {
      throw new K3dError(
        "NOT_FOUND",
        "No machine is named, and no cluster made here is on several",
        {
          hint: "Name machines with --machine or K3D_MACHINES.",
        },
      );
    }
    const { config, signal } = this;
    const { configuredRuntime } = given;
    const events = await this.progress();
    const options = { config, runtime: flags.runtime, configuredRuntime, events, signal };
    return onEngines(machines, options, (engines) => listMachines(engines, { signal }));
  }

  protected override render(machines: ListedMachine[]): string {
    return renderColumns<ListedMachine>(
      [
        { title: "NAME", cell: ({ name }) => name },
        {
          title: "STATUS",
          cell: ({ reachable }) => (reachable ? "reachable" : "unreachable"),
        },
        { title: "GROUP", cell: ({ group }) => group ?? NONE },
        {
          title: "MANAGER",
          cell: ({ manager }) => (manager === undefined ? NONE : manager ? "yes" : "no"),
        },
        {
          title: "NODES",
          cell: ({ reachable, nodes }) => (reachable ? String(nodes.length) : NONE),
        },
        { title: "ENGINE", cell: ({ engine }) => engine ?? NONE },
        { title: "REASON", cell: ({ reason }) => reason ?? NONE },
      ],
      machines,
      { headers: this.#headers },
    );
  }
}
