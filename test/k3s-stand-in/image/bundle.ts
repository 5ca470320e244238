import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** Bundles the program into a directory, `main.mjs` first; parts that a command does not need stay apart. */
export async function bundle(directory: string): Promise<void> {
  const build = await rolldown({ input: { main: entry }, platform: "node", logLevel: "warn" });
  await build.write({
    dir: directory,
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
    minify: { mangle: false },
  });
  await build.close();
}
