import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const COMMAND = (text: string): string => `import { K3dCommand } from "@k3d/plugin-kit";

export default class extends K3dCommand {
  static summary = "Say ${text}";
  async execute() {
    await this.parse(this.constructor);
    return "${text}";
  }
  render(result) {
    return result;
  }
}
`;

/**
 * A data directory of k3d with three plug-ins as an installation leaves them: one with a command, one
 * with a runtime, one with hooks. @returns its path
 */
export async function threePlugins(directory: string): Promise<string> {
  const data = join(directory, "data");
  const plugin = async (
    name: string,
    more: object,
    files: Readonly<Record<string, string>>,
  ): Promise<object> => {
    const root = join(data, "node_modules", name);
    const manifest = { name, version: "1.0.0", type: "module", oclif: {}, ...more };
    for (const [path, content] of Object.entries({
      "package.json": JSON.stringify(manifest),
      "oclif.manifest.json": JSON.stringify({ version: "1.0.0", commands: {} }),
      ...files,
    })) {
      await mkdir(join(root, path, ".."), { recursive: true });
      await writeFile(join(root, path), content);
    }
    return { name, type: "user", tag: "latest" };
  };
  const command = {
    id: "bench",
    aliases: [],
    args: {},
    flags: {},
    hiddenAliases: [],
    isESM: true,
    pluginName: "k3d-plugin-bench",
    pluginType: "user",
    relativePath: ["commands", "bench.js"],
    strict: true,
    summary: "Say hello",
  };
  const plugins = [
    await plugin(
      "k3d-plugin-bench",
      { oclif: { commands: "./commands", topicSeparator: " " } },
      {
        "commands/bench.js": COMMAND("hello"),
        "oclif.manifest.json": JSON.stringify({ version: "1.0.0", commands: { bench: command } }),
      },
    ),
    await plugin(
      "k3d-runtime-bench",
      { k3d: { runtimes: { bench: "./index.js" } } },
      { "index.js": "throw new Error('imported without being asked for');" },
    ),
    await plugin(
      "k3d-plugin-rules",
      { k3d: { hooks: "./hooks.js" } },
      { "hooks.js": "throw new Error('imported without being asked for');" },
    ),
  ];
  const listed = { name: "@k3d/cli", private: true, oclif: { plugins, schema: 1 } };
  await writeFile(join(data, "package.json"), JSON.stringify(listed));
  return data;
}
