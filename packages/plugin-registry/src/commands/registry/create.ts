import type { RegistryView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { createFlags } from "../../flags/create.js";
import { createRequest } from "../../flags/request.js";
import { registryJson, type RegistryJson } from "../../views/json.js";
import { usage } from "../../views/usage.js";

export default class RegistryCreate extends K3dCommand<RegistryView[]> {
  static override summary = "Create a registry, or a pull-through cache of others";
  static override description = `Create a registry that clusters can share. Its container is named k3d-NAME.

With --proxy-remote-url it caches an upstream registry. A registry can cache one upstream only: for several there is a container for each, k3d-NAME-UPSTREAM, and all commands take NAME for all of them.

Credentials are kept in files inside the container that only root can read: not in its environment, command line, labels or log.`;
  static override hiddenAliases = ["registries:create", "reg:create"];
  static override examples = [
    "<%= config.bin %> registry create dev --port 5000",
    {
      description: "Cache Docker Hub and GitHub's registry",
      command:
        "<%= config.bin %> registry create cache --proxy-remote-url https://registry-1.docker.io --proxy-remote-url https://ghcr.io",
    },
    {
      description: "Log in at the upstream",
      command:
        "<%= config.bin %> registry create hub --proxy-remote-url https://registry-1.docker.io --proxy-username me --proxy-password-stdin < token.txt",
    },
    {
      description: "With TLS and a password",
      command:
        "<%= config.bin %> registry create safe --tls --username dev --password-stdin < password.txt",
    },
  ];
  static override args = {
    name: Args.string({ description: "Name of the registry", default: "registry" }),
  };
  static override flags = createFlags;

  #base = "";
  #help = true;

  protected override async execute(): Promise<RegistryView[]> {
    const { args, flags } = await this.parse(RegistryCreate);
    this.#help = !flags["no-help"];
    this.#base = `k3d-${args.name}`;
    if (flags["proxy-password"]?.some((password) => password !== "")) {
      await this.tell(
        "warn",
        "A password on the command line is seen by everybody who lists processes; --proxy-password-stdin hides it",
      );
    }
    const request = await createRequest(args.name, flags);
    const { registries } = await this.services();
    this.undoesWhenInterrupted = true;
    const created = await registries.create({ ...request, signal: this.signal });
    for (const { name } of created) await this.tell("info", `Created registry ${name}`);
    return created;
  }

  protected override render(created: RegistryView[]): string {
    return this.#help ? usage(created, this.#base) : created.map(({ name }) => name).join("\n");
  }

  protected override toJson(created: RegistryView[]): RegistryJson[] {
    return created.map((registry) => registryJson(registry));
  }
}
