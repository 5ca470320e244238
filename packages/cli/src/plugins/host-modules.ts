import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What plug-ins import of k3d and get of this very program: specifier → module of the bundle. */
const HOST_MODULES: Readonly<Record<string, string>> = {
  "@k3d/core": "core",
  "@k3d/core/runtime": "core-runtime",
  "@k3d/plugin-kit": "plugin-kit",
  "@oclif/core": "oclif-core",
  "@oclif/core/args": "oclif-core-args",
  "@oclif/core/command": "oclif-core-command",
  "@oclif/core/flags": "oclif-core-flags",
};

/** The packages that k3d lends to plug-ins. */
export const HOST_PACKAGES = ["@k3d/core", "@k3d/plugin-kit", "@oclif/core"] as const;

const registered = new Set<string>();

/**
 * Lends k3d's own copy of {@link HOST_PACKAGES} to everything that is imported from outside of k3d,
 * so that a plug-in needs none of its own, works on the very services of the command line, and
 * starts as fast as a built-in command. A package that lists one of them among its `dependencies`
 * keeps its own copy.
 *
 * @param root directory of the CLI's package
 */
export function lendHostModules(root: string): void {
  if (registered.has(root)) return;
  registered.add(root);
  const inside = pathToFileURL(`${root}${sep}`).href;
  const ownCopies = new Map<string, ReadonlySet<string>>();
  registerHooks({
    resolve(specifier, context, next) {
      const module = HOST_MODULES[specifier];
      const { parentURL } = context;
      if (module === undefined || !parentURL?.startsWith("file:") || parentURL.startsWith(inside))
        return next(specifier, context);
      const directory = dirname(fileURLToPath(parentURL));
      const name = specifier.split("/", 2).join("/");
      if (dependenciesOf(directory, ownCopies).has(name)) return next(specifier, context);
      const url = pathToFileURL(join(root, "dist", "api", `${module}.mjs`)).href;
      return { url, format: "module", shortCircuit: true };
    },
  });
}

const NONE: ReadonlySet<string> = new Set();

/** What the package that a directory belongs to lists among its `dependencies`. */
function dependenciesOf(
  directory: string,
  known: Map<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const before = known.get(directory);
  if (before !== undefined) return before;
  const file = join(directory, "package.json");
  const above = dirname(directory);
  const found = existsSync(file)
    ? readDependencies(file)
    : above === directory
      ? NONE
      : dependenciesOf(above, known);
  known.set(directory, found);
  return found;
}

function readDependencies(file: string): ReadonlySet<string> {
  try {
    const { dependencies } = JSON.parse(readFileSync(file, "utf8")) as {
      dependencies?: Record<string, string>;
    };
    return new Set(Object.keys(dependencies ?? {}));
  } catch {
    return NONE;
  }
}
