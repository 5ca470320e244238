import type { RegistryGarbage } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { allFlag, registryArgs, selectRegistries } from "../../flags/names.js";

export default class RegistryGc extends K3dCommand<RegistryGarbage[]> {
  static override summary = "Free what deleted images left in registries";
  static override description = `Remove layers and manifests that nothing refers to any more, e.g. after an image was deleted through the registry's API.

Each registry is stopped meanwhile, since nobody may push then, and is started again afterwards. A pull-through cache is left alone: what it holds expires by itself.`;
  static override hiddenAliases = ["registries:gc", "reg:gc"];
  static override examples = [
    "<%= config.bin %> registry gc dev --dry-run",
    "<%= config.bin %> registry gc dev --untagged",
    "<%= config.bin %> registry gc --all",
  ];
  static override args = registryArgs;
  static override flags = {
    all: allFlag("Clean"),
    untagged: Flags.boolean({
      summary:
        "Also remove images without a tag, e.g. those whose tag moved to another image; Distribution 2 counts parts of multi-platform images among them",
      default: false,
    }),
    "dry-run": Flags.boolean({
      summary: "Only show what would be removed; the registries keep running",
      default: false,
    }),
  };

  protected override async execute(): Promise<RegistryGarbage[]> {
    const { args, flags } = await this.parse(RegistryGc);
    const { registries } = await this.services();
    const { signal } = this;
    const options = { signal, untagged: flags.untagged, dryRun: flags["dry-run"] };
    const chosen = await selectRegistries({ names: args.name, all: flags.all }, registries, signal);
    const all = flags.all ? await registries.list({ signal }) : [];
    const caches = all.filter(({ proxies }) => proxies !== undefined).map(({ name }) => name);
    const collected: RegistryGarbage[] = [];
    for (const name of chosen.filter((one) => !caches.includes(one)))
      collected.push(...(await registries.collectGarbage(name, options)));
    return collected;
  }

  protected override render(collected: RegistryGarbage[]): string {
    if (collected.length === 0) return "There is no registry to clean";
    return collected.map(line).join("\n");
  }
}

function line({ name, dryRun, blobs, manifests }: RegistryGarbage): string {
  if (blobs + manifests === 0) return `${name}: nothing to free`;
  const what = `${count(blobs, "blob")} and ${count(manifests, "manifest")}`;
  return dryRun ? `${name}: ${what} would be removed` : `${name}: removed ${what}`;
}

const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? "" : "s"}`;
