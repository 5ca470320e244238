import type { RegistryConnection } from "@k3d/core";
import { K3dCommand, waitFlags, waitOptions } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { restartFlag } from "../../flags/restart.js";
import { connectionJson, connectionText, type ConnectionJson } from "../../views/connection.js";

export default class RegistryDisconnect extends K3dCommand<RegistryConnection> {
  static override summary = "Disconnect a registry from a cluster";
  static override description =
    "Remove a registry from the configuration of a cluster's nodes, and from the cluster's network. What the nodes have pulled stays.";
  static override hiddenAliases = ["registries:disconnect", "reg:disconnect"];
  static override examples = ["<%= config.bin %> registry disconnect dev demo"];
  static override args = {
    name: Args.string({
      description: "Name of the registry, with or without the prefix k3d-",
      required: true,
    }),
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = { restart: restartFlag, ...waitFlags };

  protected override async execute(): Promise<RegistryConnection> {
    const { args, flags } = await this.parse(RegistryDisconnect);
    const { registries } = await this.services();
    const { signal } = this;
    return registries.disconnect(args.name, args.cluster, {
      restart: flags.restart,
      ...waitOptions(flags),
      signal,
    });
  }

  protected override render(connection: RegistryConnection): string {
    return connectionText(connection, "disconnected from");
  }

  protected override toJson(connection: RegistryConnection): ConnectionJson {
    return connectionJson(connection);
  }
}
