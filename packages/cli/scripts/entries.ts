import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The fields of a package.json that the build reads. */
export interface PackageJson {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  k3d?: { runtimes?: Record<string, string> };
  oclif?: { commands?: unknown };
}

export interface CollectedEntries {
  /** Output name without extension → source file. */
  entries: Record<string, string>;
  /** Runtime name → module in the bundle, as the CLI's package.json must declare it. */
  runtimes: Record<string, string>;
}

/** Reads the package.json in a directory. */
export async function readPackage(dir: string): Promise<PackageJson> {
  return JSON.parse(await readFile(join(dir, "package.json"), "utf8")) as PackageJson;
}

/**
 * Finds what to bundle: the CLI's own modules, its commands, what it lends to plug-ins, and the commands and runtime adapters
 * of the workspace packages among its devDependencies.
 */
export async function collectEntries(root: string, pkg: PackageJson): Promise<CollectedEntries> {
  const entries: Record<string, string> = {
    launch: join(root, "src/launcher/launch.ts"),
    main: join(root, "src/main.ts"),
  };
  const runtimes: Record<string, string> = {};
  await addCommands(entries, root);
  // What plug-ins get of the CLI instead of copies of their own.
  for await (const file of glob("api/*.ts", { cwd: join(root, "src") })) {
    entries[file.slice(0, -".ts".length)] = join(root, "src", file);
  }

  const resolveFrom = createRequire(join(root, "package.json"));
  const workspacePackages = Object.entries(pkg.devDependencies ?? {})
    .filter(([, version]) => version.startsWith("workspace:"))
    .map(([name]) => dirname(resolveFrom.resolve(`${name}/package.json`)));
  for (const dir of workspacePackages) {
    const dependency = await readPackage(dir);
    for (const name of Object.keys(dependency.k3d?.runtimes ?? {})) {
      entries[`runtimes/${name}`] = join(dir, "src/index.ts");
      runtimes[name] = `./dist/runtimes/${name}.js`;
    }
    if (dependency.oclif?.commands) await addCommands(entries, dir);
  }
  return { entries, runtimes };
}

async function addCommands(entries: Record<string, string>, dir: string): Promise<void> {
  for await (const file of glob("commands/**/*.ts", { cwd: join(dir, "src") })) {
    if (file.endsWith(".test.ts")) continue;
    const entry = file.slice(0, -".ts".length);
    const taken = entries[entry];
    if (taken) throw new Error(`${join(dir, "src", file)} and ${taken} define the same command`);
    entries[entry] = join(dir, "src", file);
  }
}
