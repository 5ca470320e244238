import { builtinModules } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";

export interface BundleOptions {
  /** Directory of the CLI package. */
  root: string;
  /** Output name without extension → source file. */
  entries: Record<string, string>;
  /** Packages left to be resolved at run time. */
  externals: string[];
}

/**
 * Writes the bundle into `dist`. The native parts of ssh2 stay outside: they are optional, and ssh2
 * falls back to JavaScript when they cannot be loaded.
 */
export async function bundleCli({ root, entries, externals }: BundleOptions): Promise<void> {
  const outside = new Set([...builtinModules, ...externals, "cpu-features"]);
  const bundle = await rolldown({
    cwd: root,
    input: entries,
    platform: "node",
    external: (id) =>
      id.startsWith("node:") || id.endsWith(".node") || outside.has(id) || externals.some((name) => id.startsWith(`${name}/`)),
    resolve: { conditionNames: ["k3d-source", "node", "import", "require", "default"] },
    transform: { target: "node22.18" },
  });
  await bundle.write({
    dir: join(root, "dist"),
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    minify: true,
    keepNames: true,
    sourcemap: false,
  });
  await bundle.close();
}
