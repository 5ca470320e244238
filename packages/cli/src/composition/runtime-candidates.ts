import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  compareNames,
  K3dError,
  RUNTIME_CONTRACT_VERSION,
  toK3dError,
  type RuntimeFactory,
} from "@k3d/core";
import { ownCode } from "../loading/own-code.js";
import { whileLoading } from "../loading/while-loading.js";

/** What is read of an oclif plug-in; all of it is known before any of its code is loaded. */
export interface PluginPackage {
  name: string;
  /** The package's directory. */
  root: string;
  pjson: { k3d?: { runtimes?: Record<string, string> } };
}

/** A runtime that some installed package offers. */
export interface RuntimeCandidate {
  /** As used with `--runtime`. */
  name: string;
  /** The package that offers it. */
  plugin: string;
  /** Path of its module. */
  module: string;
}

/**
 * The runtimes that the packages declare in `"k3d": { "runtimes": { "<name>": "<module>" } }`, in the
 * order of detection: the CLI's own as its package.json lists them, then those of plug-ins by the
 * name of the package. Of two with the same name the first counts.
 */
export function runtimeCandidates(
  root: string,
  plugins: Iterable<PluginPackage>,
): RuntimeCandidate[] {
  const ordered = [...plugins].toSorted(
    (a, b) => Number(b.name === root) - Number(a.name === root) || compareNames(a.name, b.name),
  );
  const candidates = new Map<string, RuntimeCandidate>();
  for (const plugin of ordered) {
    for (const [name, module] of Object.entries(plugin.pjson.k3d?.runtimes ?? {})) {
      if (!candidates.has(name)) {
        candidates.set(name, { name, plugin: plugin.name, module: join(plugin.root, module) });
      }
    }
  }
  return [...candidates.values()];
}

/**
 * Imports a runtime's module.
 *
 * @throws K3dError `RUNTIME_UNAVAILABLE` when it cannot be loaded, exports no factory or was written for another contract
 */
export async function loadRuntimeFactory({
  name,
  plugin,
  module,
}: RuntimeCandidate): Promise<RuntimeFactory> {
  let loaded: { default?: Partial<RuntimeFactory> };
  try {
    loaded = (ownCode(module) ?? (await importOthers(module))) as typeof loaded;
  } catch (error) {
    throw new K3dError(
      "RUNTIME_UNAVAILABLE",
      `The runtime ${name} of ${plugin} cannot be loaded: ${toK3dError(error).message}`,
      {
        hint: `Install ${plugin} again, or choose another runtime with --runtime`,
        cause: error,
      },
    );
  }
  const factory = loaded.default;
  if (typeof factory?.detect !== "function" || typeof factory.create !== "function") {
    throw new K3dError(
      "RUNTIME_UNAVAILABLE",
      `The runtime ${name} of ${plugin} exports no runtime factory`,
      {
        hint: "Its module must have a default export with detect() and create()",
      },
    );
  }
  assertContract(name, plugin, factory.contractVersion);
  return factory as RuntimeFactory;
}

const importOthers = (module: string): Promise<unknown> =>
  whileLoading(dirname(module), () => import(pathToFileURL(module).href));

function assertContract(name: string, plugin: string, version: unknown): void {
  if (version === RUNTIME_CONTRACT_VERSION) return;
  const newer = typeof version === "number" && version > RUNTIME_CONTRACT_VERSION;
  const written =
    typeof version === "number" ? `version ${version}` : "a version that it does not name";
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `The runtime ${name} of ${plugin} was written for another contract: ${written}, this k3d has ${RUNTIME_CONTRACT_VERSION}`,
    {
      hint: newer
        ? "Update k3d, or install an older version of the plug-in"
        : `Update ${plugin}, e.g. with "k3d plugins update", or choose another runtime with --runtime`,
    },
  );
}
