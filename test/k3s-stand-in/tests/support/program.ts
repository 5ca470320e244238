import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../image/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function hashOfSources(): string {
  const hash = createHash("sha256");
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex").slice(0, 16);
}

/** The program as the image has it, bundled once for all test files; it starts much faster than from its sources. */
async function bundledProgram(): Promise<string> {
  const cache = join(root, "node_modules", ".cache", "k3s-stand-in");
  const directory = join(cache, hashOfSources());
  if (!existsSync(directory)) {
    const building = `${directory}.${process.pid}`;
    mkdirSync(building, { recursive: true });
    await bundle(building);
    for (const old of readdirSync(cache))
      if (!old.includes(".") && join(cache, old) !== directory)
        rmSync(join(cache, old), { recursive: true, force: true });
    try {
      renameSync(building, directory);
    } catch {
      // Another test file was faster.
      rmSync(building, { recursive: true });
    }
  }
  return join(directory, "main.mjs");
}

export const program = await bundledProgram();
