import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { configSchemaFiles } from "./config-schema.ts";

const root = join(import.meta.dirname, "..");
for (const [path, content] of await configSchemaFiles()) {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  console.log(`Wrote ${path} (${content.length} characters)`);
}
