import { K3dCommand } from "@k3d/plugin-kit";
import { Args, Flags } from "@oclif/core";
import { greet, GREETING_FILE, type Greeting } from "../operations/greet.js";

export default class Hello extends K3dCommand<Greeting> {
  static override summary = "Leave a greeting on the nodes of a cluster";
  static override examples = [
    "<%= config.bin %> hello demo",
    '<%= config.bin %> hello demo --message "Good morning"',
  ];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = {
    message: Flags.string({ char: "m", summary: "What to say", default: "Hello" }),
  };

  /** What an interrupt tells of. */
  protected override undoesWhenInterrupted = true;

  protected override async execute(): Promise<Greeting> {
    const { args, flags } = await this.parse(Hello);
    const services = await this.services({ wanted: { clusters: [args.cluster] } });
    return greet(args.cluster, flags.message, services, { signal: this.signal });
  }

  protected override render({ message, nodes }: Greeting): string {
    return `${nodes.length} nodes keep "${message}" in ${GREETING_FILE}`;
  }
}
