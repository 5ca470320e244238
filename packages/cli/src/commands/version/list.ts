import { K3dError, type ReleaseChannel } from "@k3d/core";
import { K3dCommand, listFlags, renderTable } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { releaseChannels } from "../../config/release-channel.js";

/** Other images of the Go k3d, and what stands in for them. */
const REPLACED: Readonly<Record<string, string>> = {
  "k3d-proxy": "The load balancer is the plain nginx image; K3D_IMAGE_LOADBALANCER names another.",
  "k3d-tools": "No tools image is needed.",
};

export default class VersionList extends K3dCommand<ReleaseChannel[]> {
  static override summary = "List the release channels of k3s";
  static override description = `List the release channels of k3s with their newest release, as their service tells them. A channel can be used as an image: cluster create --image +v1.36.

K3D_CHANNEL_SERVER is the base URL of another channel service.`;
  static override hiddenAliases = ["version:ls"];
  static override examples = [
    "<%= config.bin %> version list k3s",
    {
      description: "Only the images, e.g. for a script",
      command: "<%= config.bin %> version list k3s --format repo",
    },
  ];
  static override args = {
    component: Args.string({ description: "What to list; only k3s has channels", default: "k3s" }),
  };
  static override flags = {
    ...listFlags,
    format: Flags.option({
      summary: "Print only this of each release: its tag (raw), or its image (repo)",
      options: ["raw", "repo"] as const,
    })(),
  };

  #format: "raw" | "repo" | undefined;
  #headers = true;

  protected override async execute(): Promise<ReleaseChannel[]> {
    const { args, flags } = await this.parse(VersionList);
    this.#format = flags.format;
    this.#headers = !flags["no-headers"];
    const { component } = args;
    if (component !== "k3s") {
      throw new K3dError("INVALID_INPUT", `There are no versions of ${component} to choose from`, {
        hint: REPLACED[component] ?? "List those of k3s: k3d version list k3s",
      });
    }
    return releaseChannels(this.signal);
  }

  protected override render(channels: ReleaseChannel[]): string {
    if (this.#format !== undefined) {
      const images = [...new Set(channels.map(({ image }) => image))];
      const shown = images.map((image) => (this.#format === "raw" ? tagOf(image) : image));
      return shown.join("\n");
    }
    const rows = channels.map(({ name, version, image }) => [name, version, image]);
    return renderTable(this.#headers ? ["CHANNEL", "VERSION", "IMAGE"] : undefined, rows);
  }
}

function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(":") + 1);
}
