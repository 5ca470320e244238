import { K3dError, type ReleaseChannel } from "@k3d/core";
import { count, K3dCommand, renderTable, type OutputFormat } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { releaseChannels, throughProxy } from "../../config/release-channel.js";
import { COMPONENTS, DEFAULT_EXCLUDE, filterTags } from "../../releases/components.js";
import { listTags } from "../../releases/registry-tags.js";

const CHANNELS = "channels";

/** What `version list` prints: tags as `--output` wants them, or the release channels of k3s. */
type Result = { lines: string[] } | { channels: ReleaseChannel[] };

export default class VersionList extends K3dCommand<Result> {
  static override summary = "List versions of k3s and of the Go k3d's images";
  static override description = `List the tags of an image in its registry: of k3s, or of the Go k3d (k3d, k3d-proxy, k3d-tools). The component channels stands for the release channels of k3s; a channel can be used as an image: cluster create --image +v1.36.

K3D_VERSIONS_REGISTRY is the base URL of another registry, K3D_CHANNEL_SERVER that of another channel service.`;
  static override hiddenAliases = ["version:ls"];
  static override examples = [
    "<%= config.bin %> version list k3s --limit 10",
    {
      description: "The images of one minor version, for a script",
      command: "<%= config.bin %> version list k3s --include '^v1\\.36' --output repo",
    },
    "<%= config.bin %> version list channels",
  ];
  static override args = {
    component: Args.string({
      description: "What to list",
      options: [...Object.keys(COMPONENTS), CHANNELS],
      default: "k3s",
    }),
  };
  static override flags = {
    include: Flags.string({
      char: "i",
      summary: "Only tags that match this regular expression",
      helpValue: "REGEXP",
      default: ".*",
    }),
    exclude: Flags.string({
      char: "e",
      summary: "Leave out tags that match it (default: pre-releases and parts of images)",
      helpValue: "REGEXP",
      default: DEFAULT_EXCLUDE,
    }),
    sort: Flags.option({
      char: "s",
      summary: "Order of the versions",
      options: ["asc", "desc", "off"] as const,
      default: "desc",
    })(),
    limit: count({ char: "l", summary: "Print at most this many; 0 for all (default: 0)" }),
    output: Flags.option({
      char: "o",
      aliases: ["format"],
      summary: "Print tags (raw), images (repo), or the result in this format",
      options: ["raw", "repo", "json", "yaml"] as const,
      default: "raw",
    })(),
    "no-headers": Flags.boolean({ summary: "Leave out the column names" }),
  };

  #headers = true;

  protected override async execute(): Promise<Result> {
    const { args, flags } = await this.parse(VersionList);
    this.#headers = !flags["no-headers"];
    const { component } = args;
    if (component === CHANNELS) return { channels: await releaseChannels(this.signal) };
    const source = COMPONENTS[component];
    if (source === undefined) {
      throw new K3dError("INVALID_INPUT", `There are no versions of ${component}`, {
        hint: `List those of ${Object.keys(COMPONENTS).join(", ")} or ${CHANNELS}.`,
      });
    }
    const { include, exclude, sort, limit = 0, output } = flags;
    const filter = { include, exclude, sort, limit };
    filterTags([], filter); // bad expressions before anything is asked
    const tags = await throughProxy(() =>
      listTags({
        fetch,
        signal: this.signal,
        registry: process.env.K3D_VERSIONS_REGISTRY?.trim() || source.registry,
        repository: source.repository,
      }),
    );
    const chosen = filterTags(tags, filter);
    return { lines: output === "repo" ? chosen.map((tag) => `${source.image}:${tag}`) : chosen };
  }

  protected override formatOf(output: unknown): OutputFormat | undefined {
    return output === "json" || output === "yaml" ? output : undefined;
  }

  protected override toJson(result: Result): unknown {
    return "lines" in result ? result.lines : result.channels;
  }

  protected override render(result: Result): string {
    if ("lines" in result) return result.lines.join("\n");
    const rows = result.channels.map(({ name, version, image }) => [name, version, image]);
    return renderTable(this.#headers ? ["CHANNEL", "VERSION", "IMAGE"] : undefined, rows);
  }
}
