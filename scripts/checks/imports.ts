import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** One relative import, from file to file, both relative to a package's `src`. */
export interface Import {
  from: string;
  to: string;
}

/** `import … from`, `export … from`, `import()` and `typeof import()`: types count like values. */
const SPECIFIER = /(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;

/** Relative imports of these files, which are below `src`; what leaves `src` is left out. */
export function importsOf(src: string, files: readonly string[]): Import[] {
  const known = new Set(files);
  return files.flatMap((from) =>
    [...readFileSync(join(src, from), "utf8").matchAll(SPECIFIER)].flatMap(([, specifier = ""]) => {
      const to = normalize(join(dirname(from), specifier)).replace(/\.js$/, ".ts");
      return known.has(to) ? [{ from, to }] : [];
    }),
  );
}

/** Imports from a lower floor to a higher one, and folders that stand on none. */
export function upwardImports(
  imports: readonly Import[],
  floors: readonly (readonly string[])[],
): string[] {
  const floorOf = (file: string): number | undefined => {
    const [folder = "", ...rest] = file.split("/");
    if (rest.length === 0) return floors.length;
    const floor = floors.findIndex((folders) => folders.includes(folder));
    return floor < 0 ? undefined : floor;
  };
  return imports.flatMap(({ from, to }) => {
    const [lower, upper] = [floorOf(from), floorOf(to)];
    if (lower === undefined) return [`${from}: its folder stands on no floor`];
    if (upper === undefined) return [`${to}: its folder stands on no floor`];
    return upper > lower ? [`${from} imports ${to}, which is on a higher floor`] : [];
  });
}

/** Circles among files, each as its members; Tarjan's strongly connected components. */
export function importCircles(imports: readonly Import[]): string[][] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): void => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    for (const { to } of next.get(file) ?? []) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(file, Math.min(low.get(file) ?? own, low.get(to) ?? own));
    }
    if (low.get(file) !== own) return;
    const members = stack.splice(stack.indexOf(file));
    const alone = members.length === 1 && !(next.get(file) ?? []).some(({ to }) => to === file);
    if (!alone) circles.push(members.toSorted());
  };
  for (const { from } of imports) if (!index.has(from)) visit(from);
  return circles;
}

/** Circles among folders: each pair of folders of which either imports the other, over others too. */
export function folderCircles(imports: readonly Import[]): string[][] {
  const folder = (file: string): string =>
    file.includes("/") ? (dirname(file).split("/")[0] ?? "") : "";
  return importCircles(
    imports.flatMap(({ from, to }) => {
      const [a, b] = [folder(from), folder(to)];
      return a === b || a === "" || b === "" ? [] : [{ from: a, to: b }];
    }),
  );
}
