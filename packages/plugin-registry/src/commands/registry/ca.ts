import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

/** What `registry ca --json` prints. */
export interface RegistryCaResult {
  /** PEM. */
  certificate: string;
}

export default class RegistryCa extends K3dCommand<RegistryCaResult> {
  static override summary = "Print the certificate authority of a registry with TLS";
  static override description =
    "Print the certificate (PEM) that clients need to trust to use a registry made with --tls. Nodes get it from k3d.";
  static override hiddenAliases = ["registries:ca", "reg:ca"];
  static override examples = ["<%= config.bin %> registry ca dev > dev-ca.crt"];
  static override args = {
    name: Args.string({
      description: "Name of the registry, with or without the prefix k3d-",
      required: true,
    }),
  };

  protected override async execute(): Promise<RegistryCaResult> {
    const { args } = await this.parse(RegistryCa);
    const { registries } = await this.services();
    return {
      certificate: await registries.certificateAuthority(args.name, { signal: this.signal }),
    };
  }

  protected override render({ certificate }: RegistryCaResult): string {
    return certificate.trimEnd();
  }
}
