import { joinMachines, type JoinedMachine } from "@k3d/core";
import { K3dCommand, outputFlag, renderTable, repeated } from "@k3d/plugin-kit";
import { advertisedAddresses } from "../../machines/addresses.js";
import { givenMachines, machinesFlags, onEngines } from "../../machines/engines.js";

const WORDS: Record<JoinedMachine["outcome"], string> = {
  began: "manages the new group",
  joined: "joined",
  already: "was in it already",
};

export default class MachinesJoin extends K3dCommand<JoinedMachine[]> {
  static override summary = "Put the engines of machines into one group";
  static override description = `Join the engines of several machines, so that one cluster can run on all of them: with Docker, one swarm, which the first machine manages. It is what \`docker swarm init\` and \`docker swarm join\` do, over k3d's own connections.

Problems are reported before anything is done; an engine that is in another group stays there. When a machine fails, the error says which ones are in the group, and the same command continues from there.`;
  static override examples = [
    "<%= config.bin %> machines join --machine big --machine small=ssh://me@10.0.0.6",
    {
      description: "Where the first machine has several addresses",
      command:
        "<%= config.bin %> machines join --machine big --machine small --advertise-addr 10.0.0.5",
    },
  ];
  static override flags = {
    ...machinesFlags,
    "advertise-addr": repeated({
      summary:
        "Address at which the other machines reach one: the first one's, or NAME=ADDRESS (default: what its engine finds)",
      helpValue: "[NAME=]ADDRESS",
    }),
    output: outputFlag,
  };

  protected override async execute(): Promise<JoinedMachine[]> {
    const { flags } = await this.parse(MachinesJoin);
    const { machines, configuredRuntime, warnings } = await givenMachines(flags);
    for (const warning of warnings) await this.tell("warn", warning);
    const addresses = advertisedAddresses(flags["advertise-addr"] ?? [], machines[0]?.name);
    const { config, signal } = this;
    const events = await this.progress();
    const options = { config, runtime: flags.runtime, configuredRuntime, events, signal };
    return onEngines(machines, options, (engines) =>
      joinMachines(engines, {
        addresses,
        signal,
        onJoined: ({ name, outcome }) => events.log("info", `Machine ${name} ${WORDS[outcome]}`),
      }),
    );
  }

  protected override render(machines: JoinedMachine[]): string {
    return renderTable(
      ["NAME", "OUTCOME"],
      machines.map(({ name, outcome }) => [name, outcome]),
    );
  }
}
