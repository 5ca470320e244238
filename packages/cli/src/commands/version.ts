import { Command } from "@oclif/core";
import { cliVersion, versionLine } from "../version.js";

export default class Version extends Command {
  static override description = "Print the version of k3d";
  static override enableJsonFlag = true;

  async run(): Promise<{ k3d: string }> {
    await this.parse(Version);
    this.log(versionLine());
    return { k3d: cliVersion };
  }
}
