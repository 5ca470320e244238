import { K3dError, LB_VALUES_PATH, readContainerFile } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

export default class DebugLoadBalancerGetConfig extends K3dCommand<string> {
  static override summary = "Print what a cluster's load balancer forwards";
  static override description =
    "Print the values (YAML) from which the load balancer is configured: ports, the nodes behind each, and settings.";
  static override hiddenAliases = ["debug:lb:get-config"];
  static override examples = ["<%= config.bin %> debug loadbalancer get-config demo"];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };

  protected override async execute(): Promise<string> {
    const { args } = await this.parse(DebugLoadBalancerGetConfig);
    const { clusters, runtime } = await this.services({ wanted: { clusters: [args.cluster] } });
    const { signal } = this;
    const { nodes } = await clusters.get(args.cluster, { signal });
    const loadBalancer = nodes.find(({ role }) => role === "loadbalancer");
    if (!loadBalancer) {
      throw new K3dError("NOT_FOUND", `Cluster ${args.cluster} has no load balancer`, {
        hint: "It was created with --no-lb: its API is published on the first server.",
      });
    }
    const values = await readContainerFile(runtime, loadBalancer.id, LB_VALUES_PATH, { signal });
    if (values !== undefined) return values;
    throw new K3dError("NOT_FOUND", `Load balancer ${loadBalancer.name} has no ${LB_VALUES_PATH}`, {
      hint: "Delete the cluster and create it again",
    });
  }

  protected override render(values: string): string {
    return values.trimEnd();
  }

  protected override async toJson(values: string): Promise<unknown> {
    const { parse } = await import("yaml");
    return parse(values);
  }
}
