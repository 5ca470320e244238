import type { RegistryConnection } from "@k3d/core";
import { K3dCommand, waitFlags, waitOptions } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { restartFlag } from "../../flags/restart.js";
import { readSecrets } from "../../flags/secrets.js";
import { connectionJson, connectionText, type ConnectionJson } from "../../views/connection.js";

export default class RegistryConnect extends K3dCommand<RegistryConnection> {
  static override summary = "Let a cluster pull from a registry";
  static override description = `Connect a registry to the network of an existing cluster, and write it into the configuration of all its nodes.

Nodes of current k3s versions use it at once; older ones are restarted, one after another, which is announced.`;
  static override hiddenAliases = ["registries:connect", "reg:connect"];
  static override examples = ["<%= config.bin %> registry connect dev demo"];
  static override args = {
    name: Args.string({
      description: "Name of the registry, with or without the prefix k3d-",
      required: true,
    }),
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = {
    username: Flags.string({
      summary: "User that nodes log in as, if k3d does not know it (--htpasswd)",
      helpValue: "NAME",
    }),
    "password-stdin": Flags.boolean({
      summary:
        "Read the password of --username from standard input (default: K3D_REGISTRY_PASSWORD)",
      dependsOn: ["username"],
    }),
    restart: restartFlag,
    ...waitFlags,
  };

  protected override async execute(): Promise<RegistryConnection> {
    const { args, flags } = await this.parse(RegistryConnect);
    const { username } = flags;
    const secrets = {
      stdin: flags["password-stdin"],
      stdinFlag: "--password-stdin",
      variable: "K3D_REGISTRY_PASSWORD",
    };
    const [password = ""] = username === undefined ? [] : await readSecrets(1, secrets);
    const { registries } = await this.services();
    return registries.connect(args.name, args.cluster, {
      ...(username === undefined ? {} : { auth: { username, password } }),
      restart: flags.restart,
      ...waitOptions(flags),
      signal: this.signal,
    });
  }

  protected override render(connection: RegistryConnection): string {
    return connectionText(connection, "connected to");
  }

  protected override toJson(connection: RegistryConnection): ConnectionJson {
    return connectionJson(connection);
  }
}
