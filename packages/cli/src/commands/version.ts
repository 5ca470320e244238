import { K3dCommand, outputFlag } from "@k3d/plugin-kit";
import { versionInfo, versionText, type VersionInfo } from "../version.js";

export default class Version extends K3dCommand<VersionInfo> {
  static override summary = "Print the versions of k3d and of its default k3s";
  static override examples = ["<%= config.bin %> version", "<%= config.bin %> version --json"];
  static override flags = { output: outputFlag };

  protected override async execute(): Promise<VersionInfo> {
    await this.parse(Version);
    return versionInfo;
  }

  protected override render(): string {
    return versionText();
  }
}
