import { packageJson } from "./package-json.js";
import type { Files } from "./write.js";

/** A command plug-in that works: one command and its test, without a build. */
export function pluginFiles(name: string, command: string): Files {
  const className = command.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) =>
    letter.toUpperCase(),
  );
  return {
    "package.json": packageJson(name, `k3d ${command}`, {
      lent: ["@k3d/core", "@k3d/plugin-kit", "@oclif/core"],
      tools: [],
      more: { oclif: { commands: "./src/commands", topicSeparator: " " } },
    }),
    [`src/commands/${command}.js`]: `import { K3dCommand } from "@k3d/plugin-kit";

/** @extends {K3dCommand<{ clusters: number }>} */
export default class ${className} extends K3dCommand {
  static summary = "Count clusters";
  static examples = ["<%= config.bin %> ${command}"];

  /** Parses, works and returns a result, which --json prints. */
  async execute() {
    await this.parse(${className});
    const { clusters } = await this.services();
    return { clusters: (await clusters.list({ signal: this.signal })).length };
  }

  /** The result as text for people. */
  render({ clusters }) {
    return \`\${clusters} clusters\`;
  }
}
`,
    [`test/${command}.test.js`]: `import { tmpdir } from "node:os";
import { stockedEngine, wholeCluster } from "@k3d/core/testing";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";
import { expect, it } from "vitest";
import Command from "../src/commands/${command}.js";

it("counts clusters", async () => {
  const engine = stockedEngine();
  await wholeCluster(engine, "demo");
  const services = memoryServices(engine.runtime, tmpdir());
  expect(await runCommand(Command, [], services)).toMatchObject({ exitCode: 0, stdout: "1 clusters\\n" });
});
`,
    "README.md": `# ${name}

Adds \`k3d ${command}\`.

\`\`\`sh
k3d plugins link .      # while you work on it
npm install && npm test
npm pack                # k3d plugins install ./${name}-0.1.0.tgz
\`\`\`

k3d lends \`@k3d/core\`, \`@k3d/plugin-kit\` and \`@oclif/core\` to plug-ins: they stay \`peerDependencies\`. Whatever else
the plug-in needs goes among its \`dependencies\`, and among \`bundleDependencies\` if it shall be installed without
internet.
`,
  };
}
