import { CAPABILITY_NEEDS, RUNTIME_CONTRACT_VERSION, type CapabilityName } from "@k3d/core";
import { packageJson } from "./package-json.js";
import type { Files } from "./write.js";

/** Everything that an adapter implements, in an order in which each step can be tried. */
const METHODS = [
  "containers.create",
  "containers.inspect",
  "containers.start",
  "containers.list",
  "containers.stop",
  "containers.remove",
  "containers.wait",
  "containers.exec",
  "containers.logs",
  "containers.putArchive",
  "containers.getArchive",
  "images.inspect",
  "images.list",
  "images.remove",
  "images.pull",
  "images.save",
  "images.load",
  "networks.create",
  "networks.inspect",
  "networks.list",
  "networks.remove",
  "networks.connect",
  "networks.disconnect",
  "volumes.create",
  "volumes.inspect",
  "volumes.list",
  "volumes.remove",
  "containers.pause",
  "containers.unpause",
  "containers.rename",
  "containers.stats",
];

/** An adapter that loads and can do nothing yet: its conformance run tells what to implement next. */
export function adapterFiles(name: string, runtime: string): Files {
  const roles = ["containers", "images", "networks", "volumes"];
  return {
    "package.json": packageJson(name, `${runtime} as a container runtime of k3d`, {
      lent: ["@k3d/core"],
      tools: ["@k3d/runtime-conformance"],
      more: {
        oclif: {},
        exports: "./src/index.js",
        k3d: { runtimes: { [runtime]: "./src/index.js" } },
      },
    }),
    "src/index.js": `import { K3dError } from "@k3d/core/runtime";
import { createRuntime } from "./runtime.js";

/** @type {import("@k3d/core/runtime").RuntimeFactory} */
const factory = {
  name: "${runtime}",
  contractVersion: ${RUNTIME_CONTRACT_VERSION},

  /** Looks for the engine, within a second; never throws. Read the environment from \`env\` only. */
  async detect({ env }) {
    return env.${variableOf(runtime)} === undefined
      ? { available: false, reason: "${variableOf(runtime)} names no engine", hint: "Set it." }
      : { available: true, reason: \`\${env.${variableOf(runtime)}} is named\` };
  },

  async create({ env }) {
    const endpoint = env.${variableOf(runtime)};
    if (endpoint === undefined)
      throw new K3dError("RUNTIME_UNAVAILABLE", "${variableOf(runtime)} names no engine", { hint: "Set it." });
    return createRuntime(endpoint);
  },
};

export default factory;
`,
    "src/runtime.js": `import { enforceCapabilities } from "@k3d/core/runtime";
${roles.map((role) => `import { ${role} } from "./${role}.js";`).join("\n")}

/** What the engine can do. Declare what works; the suite skips the rest, and k3d goes by it. */
const capabilities = {
${capabilityLines()}
};

/** @returns {import("@k3d/core/runtime").ContainerRuntime} */
export function createRuntime(endpoint) {
  const runtime = {
    name: "${runtime}",
    capabilities,
    async info() {
      return {
        runtime: "${runtime}",
        engine: "${runtime}",
        version: "0",
        os: "linux",
        architecture: "amd64",
        rootless: false,
        cgroupVersion: 2,
        securityOptions: [],
        endpoint,
        virtualMachine: false,
      };
    },
    async close() {},
  };
  return Object.assign(runtime, {
${roles.map((role) => `    ${role}: enforceCapabilities("${role}", ${role}(endpoint), runtime),`).join("\n")}
  });
}
`,
    ...Object.fromEntries(roles.map((role) => [`src/${role}.js`, roleFile(role)])),
    "src/todo.js": `import { K3dError } from "@k3d/core/runtime";

/** Every method, in an order in which each can be tried: the doc comments of @k3d/core/runtime tell what it promises. */
const ORDER = ${JSON.stringify(METHODS, undefined, 2)};
const open = new Set();

/** A method that is still to be written. */
export function todo(method) {
  open.add(method);
  const file = \`src/\${method.split(".")[0]}.js\`;
  return () => {
    throw new K3dError("INTERNAL", \`Not implemented yet: \${method}\`, { hint: \`Write it in \${file}\` });
  };
}

/** What to write next. */
export function next() {
  const method = ORDER.find((name) => open.has(name));
  return method === undefined
    ? "Every method is written."
    : \`Next: write \${method} in src/\${method.split(".")[0]}.js (\${open.size} of \${ORDER.length} methods are open)\`;
}
`,
    "conformance/runtime.test.js": `import { homedir } from "node:os";
import { runtimeConformance } from "@k3d/runtime-conformance";
import * as vitest from "vitest";
import factory from "../src/index.js";
import { next } from "../src/todo.js";

const env = { ...process.env, ${variableOf(runtime)}: process.env.${variableOf(runtime)} ?? "here" };

runtimeConformance({
  ...vitest,
  factory,
  // An image with busybox that the engine has.
  images: { busybox: process.env.BUSYBOX_IMAGE ?? "docker.io/library/busybox:stable" },
  runtimeOptions: { env, homeDir: homedir(), platform: process.platform, uid: process.geteuid?.() },
  report: ({ summary }) => console.log(\`\${summary}\\n\${next()}\`),
});
`,
    "vitest.config.js": `import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["conformance/**/*.test.js"], testTimeout: 120_000, hookTimeout: 120_000 },
});
`,
    "README.md": `# ${name}

Runs k3d's nodes on ${runtime}: \`k3d --runtime ${runtime} cluster create\`.

\`\`\`sh
npm install
npm test                # the contract as tests; the last line says what to write next
k3d plugins link .      # try it
\`\`\`

The contract is in the doc comments of \`@k3d/core/runtime\`. Replace one \`todo("…")\` after the other, and set a capability
in \`src/runtime.js\` to \`true\` when what it stands for works.
`,
  };
}

function variableOf(runtime: string): string {
  return `${runtime.toUpperCase().replaceAll("-", "_")}_ENDPOINT`;
}

function capabilityLines(): string {
  return (Object.keys(CAPABILITY_NEEDS) as CapabilityName[])
    .map((name) => `  ${name}: false,`)
    .join("\n");
}

function roleFile(role: string): string {
  const type = `${role[0]?.toUpperCase()}${role.slice(1, -1)}Operations`;
  const methods = METHODS.filter((method) => method.startsWith(`${role}.`));
  return `import { todo } from "./todo.js";

/** @returns {import("@k3d/core/runtime").${type}} */
export function ${role}(_endpoint) {
  return {
${methods.map((method) => `    ${method.split(".")[1]}: todo("${method}"),`).join("\n")}
  };
}
`;
}
