import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { rolldown, type Plugin } from "rolldown";
import { cheapNamespaces } from "./cheap-namespaces.ts";
import { chunkGroups } from "./chunk-groups.ts";
import { deferModules } from "./defer-modules.ts";
import { assertLight } from "./light-entries.ts";
import { plainBuiltins } from "./plain-builtins.ts";
import { trimDependencies } from "./trim-dependencies.ts";
import { thirdPartyLicenses } from "./licenses.ts";

export interface BundleOptions {
  /** Directory of the CLI package. */
  root: string;
  /** Directory to write to. */
  outDir: string;
  /** Output name without extension → source file. */
  entries: Record<string, string>;
  /** Packages left to be resolved at run time. */
  externals: string[];
}

/** Loaded only if installed: the native part of ssh2, and what oclif runs a plugin's sources with. */
const optional = ["cpu-features", "typescript", "ts-node", "tsx"];

/** Writes the bundle and the licences of what is in it. */
export async function bundleCli({
  root,
  outDir,
  entries,
  externals,
}: BundleOptions): Promise<void> {
  const outside = new Set([...externals, ...optional]);
  const bundle = await rolldown({
    cwd: root,
    input: entries,
    // A chunk without what its modules import asks for it.
    preserveEntrySignatures: "allow-extension",
    platform: "node",
    external: (id) =>
      id.endsWith(".node") ||
      outside.has(id) ||
      externals.some((name) => id.startsWith(`${name}/`)),
    resolve: { conditionNames: ["k3d-source", "node", "import", "require", "default"] },
    transform: { target: "node22.18" },
    plugins: [
      cheapNamespaces(),
      deferModules(),
      plainBuiltins(),
      trimDependencies(),
      withoutHelpers("launch", "main"),
    ],
  });
  const { output } = await bundle.write({
    dir: outDir,
    format: "cjs",
    exports: "named",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name]-[hash].js",
    codeSplitting: { groups: chunkGroups },
    minify: true,
    keepNames: true,
    sourcemap: false,
  });
  await bundle.close();
  assertLight(output.filter((file) => file.type === "chunk"));
  await writeFile(join(outDir, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
  for (const file of output) {
    if (file.type !== "chunk") continue;
    await writeInAscii(join(outDir, file.fileName));
    if (file.isEntry && file.name.startsWith("api/"))
      await writeFile(join(outDir, `${file.name}.mjs`), moduleOf(file.fileName, file.exports));
  }
  const moduleIds = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  await writeFile(join(outDir, "THIRD-PARTY-LICENSES.txt"), await thirdPartyLicenses(moduleIds));
}

/** The same as an ES module: Node finds no names in what the bundler writes. */
function moduleOf(fileName: string, names: readonly string[]): string {
  const path = JSON.stringify(`./${basename(fileName)}`);
  return `import { createRequire } from "node:module";
const { ${names.join(", ")} } = createRequire(import.meta.url)(${path});
export { ${names.join(", ")} };
`;
}

/** Files that answer `version` require the bundler's helpers and use none. @throws when they no longer do */
function withoutHelpers(...names: string[]): Plugin {
  const helpers = /,require\(["'`][^"'`]*\brolldown-runtime-[^"'`]*["'`]\)(?=[;,])/;
  return {
    name: "without-helpers",
    generateBundle(_, output) {
      for (const file of Object.values(output)) {
        if (file.type !== "chunk" || !names.includes(file.name)) continue;
        if (!helpers.test(file.code))
          throw new Error(`${file.fileName} no longer requires helpers: update bundle.ts`);
        file.code = file.code.replace(helpers, "");
      }
    },
  };
}

/** One character beyond Latin-1 doubles the room that a source takes in V8's heap. */
async function writeInAscii(path: string): Promise<void> {
  const code = await readFile(path, "utf8");
  const escaped = code.replaceAll(
    /[^\0-\u007F]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (escaped !== code) await writeFile(path, escaped);
}
