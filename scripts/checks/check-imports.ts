import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { FLOORS } from "./floors.ts";
import { folderCircles, importCircles, importsOf, upwardImports } from "./imports.ts";

/**
 * Prints every import that goes upwards or in a circle in `packages/<name>/src`; exits 1 when there
 * is one. The argument names another folder of packages.
 */
const packages = resolve(process.argv[2] ?? join(import.meta.dirname, "../../packages"));
let wrong = 0;
for (const name of globSync("*", { cwd: packages }).toSorted()) {
  const src = join(packages, name, "src");
  const files = globSync("**/*.ts", { cwd: src }).filter(
    (file) => !/\.(test|fixture)\.ts$/.test(file),
  );
  const imports = importsOf(src, files);
  const found = [
    ...(FLOORS[name] === undefined ? [] : upwardImports(imports, FLOORS[name])),
    ...importCircles(imports).map((circle) => `circle of files: ${circle.join(" ↔ ")}`),
    ...folderCircles(imports).map((circle) => `circle of folders: ${circle.join(" ↔ ")}`),
  ];
  wrong += found.length;
  for (const line of found) process.stdout.write(`packages/${name}/src: ${line}\n`);
}
process.stdout.write(wrong === 0 ? "All imports go downwards.\n" : `${wrong} imports to mend.\n`);
process.exitCode = wrong === 0 ? 0 : 1;
