/** Packs every published package and lets publint check what a user would install. */
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Twice is once too often: the stage before has built them.
process.env.K3D_PACK_BUILT = "1";
let problems = 0;

for await (const file of glob("packages/*/package.json", { cwd: root })) {
  const pkg = JSON.parse(await readFile(join(root, file), "utf8"));
  if (pkg.private) continue;
  const { messages } = await publint({
    pkgDir: join(root, dirname(file)),
    pack: "pnpm",
    strict: true,
  });
  console.log(`${pkg.name}: ${messages.length === 0 ? "ok" : `${messages.length} problems`}`);
  for (const message of messages) console.log(`  ${formatMessage(message, pkg)}`);
  problems += messages.length;
}
process.exitCode = problems === 0 ? 0 : 1;
