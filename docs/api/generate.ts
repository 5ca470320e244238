/**
 * Writes the pages about the packages' exports from their sources: `node docs/api/generate.ts`.
 *
 * They are part of the site alone: whoever reads the repository has the sources beside them.
 */
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { Application, type ProjectReflection } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";
import { API, ROOT } from "../.vitepress/pages.ts";

/** What third parties may import, by its source. */
const ENTRIES: Record<string, string> = {
  "@k3d/core": "packages/core/src/index.ts",
  "@k3d/core/runtime": "packages/core/src/runtime-api.ts",
  "@k3d/core/testing": "packages/core/src/testing/index.ts",
  "@k3d/plugin-kit": "packages/plugin-kit/src/index.ts",
  "@k3d/plugin-kit/testing": "packages/plugin-kit/src/testing/index.ts",
  "@k3d/runtime-conformance": "packages/runtime-conformance/src/index.ts",
};

/**
 * @throws when the sources cannot be read
 */
export async function generateApi(): Promise<void> {
  const markdown: Partial<PluginOptions> = {
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: false,
    entryFileName: "index",
    interfacePropertiesFormat: "table",
    typeAliasPropertiesFormat: "table",
    classPropertiesFormat: "table",
    enumMembersFormat: "table",
    parametersFormat: "table",
    sanitizeComments: true,
  };
  const app = await Application.bootstrapWithPlugins({
    plugin: ["typedoc-plugin-markdown"],
    entryPoints: Object.values(ENTRIES).map((path) => join(ROOT, path)),
    tsconfig: join(ROOT, "tsconfig.json"),
    // The type check is one of the checks of the repository, with another release of TypeScript.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    outputs: [{ name: "markdown", path: API }],
    readme: "none",
    router: "module",
    logLevel: "Error",
    name: "API",
    ...markdown,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the exports could not be read from the sources");
  name(project);
  await app.generateOutputs(project);
}

/** Modules are known by what one imports, not by their files. */
function name(project: ProjectReflection): void {
  for (const module of project.children ?? []) {
    const source = module.name;
    const found = Object.entries(ENTRIES).find(([, path]) =>
      [path, path.replace(/(\/index)?\.ts$/, "")].some((file) => file.endsWith(source)),
    );
    if (found === undefined) throw new Error(`no entry is made from ${source}`);
    [module.name] = found;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateApi();
