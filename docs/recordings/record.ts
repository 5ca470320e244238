/**
 * Runs the scenes of `scenes.ts` in a terminal and keeps what stands on its screen as pictures.
 *
 *   node docs/recordings/record.ts [SCENE…]
 *
 * Needs a Docker engine with the images of the end-to-end tests, the built CLI, and `script` of
 * util-linux. What is made is removed in the end.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../.vitepress/pages.ts";
import { SCENES, type Scene } from "./scenes.ts";
import { screenAfter } from "./screen.ts";
import { svgOf } from "./svg.ts";

const COLUMNS = 80;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What a terminal of so many columns gets to see, with the command lines as if they were typed. */
function record({ seen }: Scene, home: string): string {
  const lines = seen.flatMap((command) => [
    String.raw`printf '\033[1;32m$\033[0m %s\n' ${quoted(command)}`,
    command,
  ]);
  const env = {
    PATH: `${join(ROOT, "bin")}:${process.env.PATH}`,
    HOME: home,
    TERM: "xterm-256color",
    LANG: "C.UTF-8",
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("K3D_"))),
  };
  const shell = [`stty cols ${COLUMNS} rows 40`, ...lines].join("; ");
  const { stdout, error } = spawnSync("script", ["-qec", `sh -c ${quoted(shell)}`, "/dev/null"], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw error;
  // The user whose home it is does not matter.
  return stdout.replaceAll(home, "~");
}

const names = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "k3d-recordings-"));
try {
  for (const [name, scene] of Object.entries(SCENES)) {
    const output = record(scene, home);
    if (names.length > 0 && !names.includes(name)) continue;
    const file = join(ROOT, "docs", "pictures", `terminal-${name}.svg`);
    writeFileSync(file, svgOf(await screenAfter(output, COLUMNS), scene.title));
    process.stdout.write(`${file}\n`);
  }
} finally {
  record({ title: "", seen: ["k3d cluster delete shop"] }, home);
  rmSync(home, { recursive: true, force: true });
}
